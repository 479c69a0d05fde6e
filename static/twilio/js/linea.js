// La línea de WhatsApp: la franja que dice qué le pasa y el freno a lo que no podría salir. El estado lo decide el servidor.
import { ErrorApi } from './api.js';
import { elemento, escribir } from './util/dom.js';
import { avisar } from './vistas/avisos.js';

const ARRANCANDO = ['INIT', 'LAUNCH'];
const FRENADO = 'No se envió: mira el aviso de arriba. Lo escrito sigue aquí.';

export class Linea {
  #api; #store; #frase = ''; #noticias = 0; #franja = elemento('franja-linea'); #seguir = null;

  /** @param {PiezasEscritorio} piezas */
  constructor({ api, store, canal }) {
    this.#api = api;
    this.#store = store;
    canal.oir('linea', (estado) => this.#pintar(estado));
    canal.oir('conectado', () => this.revisar());
    this.revisar();
  }

  /** Pregunta cómo está; si mientras tanto llegó una noticia, vale la noticia. */
  async revisar() {
    const antes = this.#noticias;
    try {
      const { line } = await this.#api.pedir('/api/linea');
      if (antes === this.#noticias) this.#pintar(line);
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error; // sin conexión lo dice la otra franja
    }
  }

  /**
   * Con la línea caída lo escrito se queda en su cuadro y se dice por qué. Antes se pregunta otra vez, una sola por muchas
   * veces que se pulse: si volvió, sigue lo último que se pidió. Quien lo pide mira entonces si todavía vale.
   * @param {string|null} numero @param {() => void} seguir
   */
  frena(numero, seguir) {
    if (!this.#frase || this.#store.conversacion(numero)?.fuente === 'twilio') return false;
    const preguntando = Boolean(this.#seguir);
    this.#seguir = seguir;
    if (!preguntando) this.revisar().finally(() => this.#alSaber());
    return true;
  }

  #alSaber() {
    const seguir = this.#seguir;
    this.#seguir = null;
    if (this.#frase) avisar(FRENADO, { urgente: true });
    else seguir();
  }

  #pintar({ ok, state, text }) {
    this.#noticias += 1;
    this.#frase = ok ? '' : text;
    this.#franja.setAttribute('role', ARRANCANDO.includes(state) ? 'status' : 'alert');
    this.#franja.hidden = ok;
    escribir(elemento('franja-linea-texto'), this.#frase);
  }
}
