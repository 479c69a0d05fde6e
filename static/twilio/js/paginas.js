// Recorre la lista de conversaciones por páginas, de una en una, con el filtro y el orden elegidos: todas son alcanzables.
import { FILTROS, rango } from './filtros.js';
import { Emisor } from './util/emisor.js';

const TAMANO = 40;
const TAMANO_SIGUIENTE = 100;

export class Paginas extends Emisor {
  #api; #store; #conteos; #filtro = 'todos'; #orden = 'reciente'; #vistas = new Map(); #enCurso = null;
  cargadaUnaVez = false;
  error = null;

  constructor({ api, store, conteos }) {
    super();
    this.#api = api;
    this.#store = store;
    this.#conteos = conteos;
  }

  get cargando() { return this.#enCurso !== null; }

  /** Hasta dónde se cargó cada filtro con cada orden. */
  get #vista() { return this.#vistas.get(`${this.#filtro} ${this.#orden}`); }
  get hayMas() { return this.#vista?.hayMas ?? this.cargadaUnaVez; }

  /** Cambia lo que se recorre; lo que falte se pide con `siguiente`. */
  elegir(filtro, orden) {
    this.#filtro = filtro;
    this.#orden = orden;
  }

  /** La primera página; si ya hubo otra, se empieza de nuevo. @returns {Promise<string>} el cursor desde el que pedir cambios */
  async primera() {
    try {
      const pagina = await this.#pedir(TAMANO, 0);
      this.#vistas.clear();
      if (this.cargadaUnaVez) this.#store.vaciar();
      this.#guardar(pagina);
      return pagina.cursor;
    } catch (error) {
      this.error = error;
      throw error;
    } finally {
      this.emitir('cambio');
    }
  }

  /** La que sigue. Pedirla dos veces a la vez es pedirla una. */
  siguiente() {
    if (!this.hayMas || this.#enCurso) return this.#enCurso ?? Promise.resolve();
    this.#enCurso = this.#pedirSiguiente().finally(() => { this.#enCurso = null; this.emitir('cambio'); });
    this.emitir('cambio');
    return this.#enCurso;
  }

  async #pedirSiguiente() {
    try {
      this.#guardar(await this.#pedir(this.#vista ? TAMANO_SIGUIENTE : TAMANO, this.#cargadas()));
    } catch (error) {
      this.error = error;
    }
  }

  /** Se sigue desde la última vista, porque lo nuevo corre los puestos. */
  #cargadas() {
    const frontera = this.#vista?.frontera;
    if (!frontera) return 0;
    const antes = (c) => rango(c, this.#orden) < frontera.rango || (rango(c, this.#orden) === frontera.rango && c.ultimo.fecha >= frontera.fecha);
    return this.#store.conversaciones.filter((c) => FILTROS[this.#filtro](c) && antes(c)).length;
  }

  async #pedir(limit, offset) {
    const [filtro, orden] = [this.#filtro, this.#orden];
    return { ...(await this.#api.conversaciones({ limit, offset, filtro, orden })), filtro, orden };
  }

  #guardar(pagina) {
    const filas = Object.values(pagina.conversaciones);
    const antes = this.#vistas.get(`${pagina.filtro} ${pagina.orden}`);
    this.error = null;
    this.cargadaUnaVez = true;
    this.#store.guardarConversaciones(pagina.conversaciones);
    this.#conteos.poner(pagina.conteos);
    const ultima = filas.length ? this.#store.conversacion(String(filas.at(-1).numero)) : null;
    const frontera = ultima ? { rango: rango(ultima, pagina.orden), fecha: ultima.ultimo.fecha } : antes?.frontera;
    this.#vistas.set(`${pagina.filtro} ${pagina.orden}`, { hayMas: pagina.has_more && filas.length > 0, frontera });
  }
}
