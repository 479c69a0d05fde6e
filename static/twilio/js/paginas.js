// Recorre la lista de conversaciones por páginas, de una en una, hasta que todas son alcanzables.
import { Emisor } from './util/emisor.js';

const TAMANO = 40;
const TAMANO_SIGUIENTE = 100;

export class Paginas extends Emisor {
  #api; #store; #frontera = ''; #enCurso = null;
  hayMas = false;
  cargadaUnaVez = false;
  total = 0;
  error = null;

  constructor({ api, store }) {
    super();
    this.#api = api;
    this.#store = store;
  }

  get cargando() { return this.#enCurso !== null; }

  /** La primera página, sobre una lista vacía. @returns {Promise<string>} el cursor desde el que pedir cambios */
  async primera() {
    try {
      const pagina = await this.#api.conversaciones({ limit: TAMANO });
      this.#store.vaciar();
      this.#guardar(pagina);
      return pagina.cursor;
    } catch (error) {
      this.error = error;
      throw error;
    } finally {
      this.#avisar();
    }
  }

  /** La que sigue. Pedirla dos veces a la vez es pedirla una. */
  siguiente() {
    if (!this.hayMas || this.#enCurso) return this.#enCurso ?? Promise.resolve();
    this.#enCurso = this.#pedirSiguiente().finally(() => { this.#enCurso = null; this.#avisar(); });
    this.#avisar();
    return this.#enCurso;
  }

  /** Se sigue desde la última fecha vista, porque lo nuevo corre los puestos. */
  async #pedirSiguiente() {
    const offset = this.#store.contarHasta(this.#frontera);
    try {
      this.#guardar(await this.#api.conversaciones({ limit: TAMANO_SIGUIENTE, offset }));
    } catch (error) {
      this.error = error;
    }
  }

  #guardar(pagina) {
    const filas = Object.values(pagina.conversaciones);
    this.error = null;
    this.cargadaUnaVez = true;
    this.total = pagina.total;
    this.hayMas = pagina.has_more && filas.length > 0;
    if (filas.length) this.#frontera = filas.at(-1).last_message_time ?? '';
    this.#store.guardarConversaciones(pagina.conversaciones);
  }

  #avisar() { this.emitir('cambio'); }
}
