// Mantiene la pantalla al día: tras cada reconexión, y cada tanto, pide exactamente lo que se perdió.
// Decide el estado de la conexión que se muestra; no pinta.
import { Emisor } from './util/emisor.js';

const LATIDO = 60_000;
const PREGUNTA_VISIBLE = 4000;
const PREGUNTA_OCULTA = 20_000;
const ESPERA_MAXIMA = 15_000;
const PACIENCIA = 5000;

export class Sincronia extends Emisor {
  #api; #store; #canal; #cargarTodo;
  #cursor = null; #enCurso = null; #otraVez = false; #reloj = 0; #pulso = 0;
  #fallos = 0; #ultimoFallo = null; #ultimaVez = Date.now(); #ultimoPulso = Date.now(); #parada = false;

  /** @param {Piezas} piezas `cargarTodo` carga la primera página y devuelve su cursor */
  constructor({ api, store, canal, cargarTodo }) {
    super();
    this.#api = api;
    this.#store = store;
    this.#canal = canal;
    this.#cargarTodo = cargarTodo;
  }

  iniciar() {
    this.#canal.oir('conectado', () => this.ponerseAlDia());
    this.#canal.oir('desconectado', ({ motivo }) => { if (navigator.onLine && motivo !== 'ping timeout') this.#anotarCorte(); this.ponerseAlDia(); });
    addEventListener('online', () => { this.#canal.despertar(); this.ponerseAlDia(); });
    addEventListener('offline', () => { this.#anotarCorte(); this.#publicar(); });
    addEventListener('pageshow', (e) => { if (e.persisted) this.ponerseAlDia(); });
    document.addEventListener('visibilitychange', () => { if (!document.hidden && this.#hace() > PREGUNTA_VISIBLE) this.ponerseAlDia(); });
    this.#pulso = setInterval(() => this.#latir(), 1000);
    return this.ponerseAlDia();
  }

  parar() {
    this.#parada = true;
    clearTimeout(this.#reloj);
    clearInterval(this.#pulso);
  }

  /** Una sola vuelta a la vez; lo que se pida mientras tanto se hace después, una sola vez. */
  ponerseAlDia() {
    if (this.#parada) return Promise.resolve();
    if (this.#enCurso) { this.#otraVez = true; return this.#enCurso; }
    clearTimeout(this.#reloj);
    this.#enCurso = this.#vuelta().finally(() => {
      this.#enCurso = null;
      if (this.#otraVez) { this.#otraVez = false; this.ponerseAlDia(); } else this.#programar();
    });
    return this.#enCurso;
  }

  async #vuelta() {
    try {
      if (this.#cursor === null) this.#cursor = await this.#cargarTodo();
      else await this.#pedirCambios();
      this.#fallos = 0;
      this.#ultimoFallo = null;
      this.#ultimaVez = Date.now();
    } catch (error) {
      if (!(error instanceof Error) || !('estado' in error)) throw error;
      this.#fallos += 1;
      this.#ultimoFallo = error;
    }
    this.#publicar();
  }

  async #pedirCambios() {
    let hayMas = true;
    while (hayMas) {
      const cambios = await this.#api.cambios(this.#cursor);
      if (cambios.reset) { this.#cursor = await this.#cargarTodo(); return; }
      this.#store.aplicarCambios(cambios);
      this.#cursor = cambios.cursor;
      hayMas = cambios.has_more;
    }
  }

  #programar() {
    if (this.#parada) return;
    clearTimeout(this.#reloj);
    this.#reloj = setTimeout(() => this.ponerseAlDia(), this.#siguiente());
  }

  #siguiente() {
    if (this.#fallos) return Math.min(ESPERA_MAXIMA, 1000 * 2 ** Math.min(this.#fallos - 1, 4)) * (0.8 + Math.random() * 0.4);
    if (this.#canal.conectado) return LATIDO;
    return document.hidden ? PREGUNTA_OCULTA : PREGUNTA_VISIBLE;
  }

  /** Si el reloj saltó, el equipo durmió: lo de antes puede estar viejo. */
  #latir() {
    const ahora = Date.now();
    if (ahora - this.#ultimoPulso > 20_000) { this.#canal.despertar(); this.ponerseAlDia(); }
    this.#ultimoPulso = ahora;
    if (this.estado !== 'al-dia') this.#publicar();
  }

  /** Con el canal abierto se estaba al día hasta este momento, aunque la última pregunta fuera de hace rato. */
  #anotarCorte() { if (!this.#fallos && this.#cursor !== null) this.#ultimaVez = Date.now(); }

  #hace() { return Date.now() - this.#ultimaVez; }

  /** conectando | al-dia | reconectando | sin-conexion | sin-base */
  get estado() {
    if (!navigator.onLine) return 'sin-conexion';
    if (this.#ultimoFallo?.estado === 503) return 'sin-base';
    if (this.#fallos) return this.#hace() < PACIENCIA ? 'reconectando' : 'sin-conexion';
    return this.#cursor === null ? 'conectando' : 'al-dia';
  }

  #publicar() {
    this.emitir('estado', { estado: this.estado, hace: this.#hace(), error: this.#ultimoFallo });
  }
}
