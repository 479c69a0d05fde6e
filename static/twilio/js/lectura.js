// Marca como leído lo que de verdad se está viendo: el chat abierto en una pestaña a la vista. Nada más lo hace.
import { ErrorApi } from './api.js';

const RESPIRO = 250;

export class Lectura {
  #api; #store; #abierto; #reloj = 0; #enCurso = new Set();

  constructor({ api, store, abierto }) {
    this.#api = api;
    this.#store = store;
    this.#abierto = abierto;
    store.oir('lista', () => this.revisar());
    store.oir('mensajes', () => this.revisar());
    document.addEventListener('visibilitychange', () => this.revisar());
  }

  /** ¿Se está viendo este chat ahora? */
  seVe(numero) {
    if (this.#abierto() !== numero || document.hidden) return false;
    const { cargada, enVivo } = this.#store.historia(numero);
    return cargada && enVivo;
  }

  revisar() {
    const numero = this.#abierto();
    if (!numero || this.#reloj || !this.#falta(numero)) return;
    this.#reloj = setTimeout(() => { this.#reloj = 0; this.#marcar(this.#abierto()); }, RESPIRO); // para entonces puede haber otro abierto
  }

  #falta(numero) { return this.seVe(numero) && (this.#store.conversacion(numero)?.sinLeer ?? 0) > 0; }

  async #marcar(numero) {
    if (!numero || !this.#falta(numero) || this.#enCurso.has(numero)) return;
    const hasta = this.#store.historia(numero).mensajes.findLast((m) => m.seq !== null)?.seq ?? null;
    this.#enCurso.add(numero);
    try {
      const { unread_count: quedan } = await this.#api.marcarLeido(numero, hasta);
      this.#store.cambiarConversacion(numero, { sinLeer: quedan ?? 0 });
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error; // sin red: se intenta con el próximo aviso
    } finally {
      this.#enCurso.delete(numero);
    }
  }
}
