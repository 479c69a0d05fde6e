// Cuántas conversaciones hay en cada filtro, también las que no están cargadas: los del servidor, al día con lo que pasa aquí.
import { FILTROS } from './filtros.js';
import { alProximoCuadro } from './util/dom.js';
import { Emisor } from './util/emisor.js';

const ESPERA = 1500;

export class Conteos extends Emisor {
  #api; #store; #marcas = new Map(); #reloj = 0;
  valores = { todos: 0, no_leidos: 0, sin_responder: 0 };

  /** @param {Pick<Piezas, 'api' | 'store'>} piezas */
  constructor({ api, store }) {
    super();
    this.#api = api;
    this.#store = store;
    store.oir('lista', alProximoCuadro(() => this.#revisar(true)));
  }

  /** Lo que contó el servidor manda sobre lo que se llevaba aquí. @param {Record<string, number>} conteos */
  poner(conteos) {
    clearTimeout(this.#reloj);
    this.#reloj = 0;
    this.valores = { ...this.valores, ...conteos };
    this.#marcas = new Map(this.#store.conversaciones.map((c) => [c.numero, marca(c)]));
    this.emitir('cambio');
  }

  /** Guarda conversaciones que el servidor ya contaba: no hay que volver a preguntar. @param {() => void} guardar */
  anotar(guardar) {
    this.#revisar(true);
    guardar();
    this.#revisar(false);
  }

  /** @param {boolean} preguntar si lo que aparece sin haber estado cargado obliga a contar de nuevo */
  #revisar(preguntar) {
    const antes = JSON.stringify(this.valores);
    this.#comparar(preguntar);
    if (JSON.stringify(this.valores) !== antes) this.emitir('cambio');
  }

  #comparar(preguntar) {
    const marcas = new Map();
    for (const c of this.#store.conversaciones) {
      const antes = this.#marcas.get(c.numero);
      const ahora = marca(c);
      marcas.set(c.numero, ahora);
      if (antes) this.#sumar(antes, ahora);
      else if (preguntar) this.#preguntar();
    }
    for (const [numero, antes] of this.#marcas) if (!marcas.has(numero)) this.#quitar(antes);
    this.#marcas = marcas;
  }

  #sumar(antes, ahora) {
    for (const filtro of Object.keys(ahora)) this.valores[filtro] = Math.max(0, this.valores[filtro] + ahora[filtro] - antes[filtro]);
  }

  #quitar(antes) { this.#sumar(antes, { todos: 0, no_leidos: 0, sin_responder: 0 }); }

  /** Apareció una que no estaba cargada: solo el servidor sabe si ya contaba. */
  #preguntar() {
    this.#reloj ||= setTimeout(async () => {
      this.#reloj = 0;
      try { this.poner((await this.#api.conversaciones({ limit: 1 })).conteos); } catch { /* sin red: la próxima página los trae */ }
    }, ESPERA);
  }
}

const marca = (c) => ({ todos: 1, no_leidos: Number(FILTROS.no_leidos(c)), sin_responder: Number(FILTROS.sin_responder(c)) });
