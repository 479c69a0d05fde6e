// Qué conversaciones se ven: por páginas, con su filtro y su orden, cuántas hay en cada filtro y las que halla la búsqueda.
// Todas son alcanzables; aquí no se pinta.
import { ErrorApi } from './api.js';
import { alProximoCuadro } from './util/dom.js';
import { Emisor } from './util/emisor.js';

const TAMANO = 40;
const TAMANO_SIGUIENTE = 100;
const ESPERA_CONTEO = 1500;
const ESPERA_BUSQUEDA = 200;

/** Lo mismo que hace el servidor, sobre lo cargado. @type {Record<string, (c: Conversacion) => boolean>} */
export const FILTROS = {
  todos: () => true,
  no_leidos: (c) => c.sinLeer > 0,
  sin_responder: (c) => !c.ultimo.propio && c.ultimo.fecha !== '',
};

/** El puesto de una conversación antes de mirar su hora: fijadas primero y, si se pidió, las no leídas antes. */
export const rango = (c, orden) => (c.fijada ? 0 : 2) + (orden === 'no_leidos' && !c.sinLeer ? 1 : 0);

/** Reparte por rango sin mover lo demás. @param {Conversacion[]} conversaciones @param {string} orden */
export function ordenar(conversaciones, orden) {
  const grupos = [[], [], [], []];
  for (const c of conversaciones) grupos[rango(c, orden)].push(c);
  return grupos.flat();
}

/** Recorre la lista de a una página por vez. */
export class Paginas extends Emisor {
  #api; #store; #conteos; #filtro = 'todos'; #orden = 'reciente'; #vistas = new Map(); #enCurso = null;
  cargadaUnaVez = false;
  error = null;
  falloEn = 0;

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
    if (this.cargadaUnaVez && (filtro !== this.#filtro || orden !== this.#orden)) this.error = null; // lo que falló fue lo otro
    this.#filtro = filtro;
    this.#orden = orden;
  }

  /** La primera página, o la que ya venía puesta; si hubo otra, se empieza de nuevo. @returns {Promise<string>} el cursor desde el que pedir cambios */
  async primera(puesta = null) {
    try {
      const pagina = await this.#pedir(TAMANO, 0, puesta);
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

  /** Pide lo que falló: alguien lo quiere o volvió la conexión. Por sí sola la lista no insiste. */
  reintentar() {
    if (this.hayMas) this.error = null;
    return this.siguiente();
  }

  async #pedirSiguiente() {
    try {
      this.#guardar(await this.#pedir(this.#vista ? TAMANO_SIGUIENTE : TAMANO, this.#cargadas()));
    } catch (error) {
      this.error = error;
      this.falloEn = performance.now();
    }
  }

  /** Se sigue desde la última vista, porque lo nuevo corre los puestos. */
  #cargadas() {
    const frontera = this.#vista?.frontera;
    if (!frontera) return 0;
    const antes = (c) => rango(c, this.#orden) < frontera.rango || (rango(c, this.#orden) === frontera.rango && c.ultimo.fecha >= frontera.fecha);
    return this.#store.conversaciones.filter((c) => FILTROS[this.#filtro](c) && antes(c)).length;
  }

  async #pedir(limit, offset, puesta = null) {
    const [filtro, orden] = [this.#filtro, this.#orden];
    return { ...(puesta ?? await this.#api.conversaciones({ limit, offset, filtro, orden })), filtro, orden };
  }

  #guardar(pagina) {
    const filas = Object.values(pagina.conversaciones);
    const antes = this.#vistas.get(`${pagina.filtro} ${pagina.orden}`);
    this.error = null;
    this.cargadaUnaVez = true;
    this.#store.guardarConversaciones(pagina.conversaciones, pagina.salio);
    this.#conteos.poner(pagina.conteos);
    const ultima = filas.length ? this.#store.conversacion(String(filas.at(-1).numero)) : null;
    const frontera = ultima ? { rango: rango(ultima, pagina.orden), fecha: ultima.ultimo.fecha } : antes?.frontera;
    this.#vistas.set(`${pagina.filtro} ${pagina.orden}`, { hayMas: pagina.has_more && filas.length > 0, frontera });
  }
}

/** Cuántas hay en cada filtro, también sin cargar: lo que contó el servidor, al día con lo que pasa aquí. */
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
    }, ESPERA_CONTEO);
  }
}

const marca = (c) => ({ todos: 1, no_leidos: Number(FILTROS.no_leidos(c)), sin_responder: Number(FILTROS.sin_responder(c)) });

/** Busca en el servidor: espera a que se deje de teclear y abandona lo que llega tarde. */
export class Buscador extends Emisor {
  #api; #guardar; #numero = null; #reloj = 0; #control = null;
  texto = '';
  buscando = false;
  error = null;
  mensajes = [];
  chats = new Set();

  /** @param {{api: Piezas['api'], guardar?: (items: any[], salio: number) => void}} piezas `guardar` recibe los chats hallados y cuándo se preguntó */
  constructor({ api, guardar = () => {} }) {
    super();
    this.#api = api;
    this.#guardar = guardar;
  }

  /** @param {string} texto @param {string|null} [numero] solo en ese chat */
  buscar(texto, numero = null) {
    const limpio = texto.trim();
    if (limpio === this.texto && numero === this.#numero) return;
    this.texto = limpio;
    this.#numero = numero;
    clearTimeout(this.#reloj);
    this.#control?.abort();
    this.buscando = Boolean(limpio);
    if (limpio) this.#reloj = setTimeout(() => this.#pedir(), ESPERA_BUSQUEDA);
    else this.#poner([], []);
    this.emitir('cambio');
  }

  /** Lo mismo otra vez, si no se pudo. */
  reintentar() {
    const buscado = this.texto;
    this.texto = '';
    this.buscar(buscado, this.#numero);
  }

  async #pedir() {
    const control = this.#control = new AbortController();
    const donde = this.#numero ? `&numero=${encodeURIComponent(this.#numero)}&limit=100` : '&limit=40';
    try {
      const hallado = await this.#api.pedir(`/api/buscar?q=${encodeURIComponent(this.texto)}${donde}`, { senal: control.signal });
      if (control.signal.aborted) return;
      this.#guardar(hallado.conversaciones, hallado.salio);
      this.#poner(hallado.conversaciones, hallado.mensajes);
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (control.signal.aborted) return;
      this.#poner([], [], error);
    }
    this.buscando = false;
    this.emitir('cambio');
  }

  #poner(chats, mensajes, error = null) {
    this.chats = new Set(chats.map((c) => String(c.numero)));
    this.mensajes = mensajes;
    this.error = error;
  }
}
