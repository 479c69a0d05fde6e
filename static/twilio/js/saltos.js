// Lleva a un mensaje, esté cargado o no y en el chat que sea: trae lo que tiene alrededor, abre su chat y lo señala.
import { ErrorApi } from './api.js';

export class Saltos {
  #api; #store; #registro; #abierto; #abrir; #avisar; #turno = 0;

  /** @param {Pick<Piezas, 'api' | 'store' | 'registro' | 'abierto' | 'abrir'> & {avisar: (frase: string) => void}} piezas */
  constructor({ api, store, registro, abierto, abrir, avisar }) {
    this.#api = api;
    this.#store = store;
    this.#registro = registro;
    this.#abierto = abierto;
    this.#abrir = abrir;
    this.#avisar = avisar;
  }

  /** @param {string} numero @param {number} seq */
  alMensaje(numero, seq) { return this.#ir(numero, (historia) => historia.porSeq(seq), `around=${seq}`, true); }

  /** El original de una cita, por su id del proveedor. @param {string} numero @param {string} id */
  alOriginal(numero, id) { return this.#ir(numero, (historia) => historia.porId(id), `around_id=${encodeURIComponent(id)}`); }

  /** Si mientras llega se pide otro salto o se cambia de chat, este ya no mueve nada. @returns {Promise<HTMLElement|undefined>} su burbuja */
  async #ir(numero, hallar, parametro, entero = false) {
    const turno = this.#turno += 1;
    const desde = this.#abierto();
    const cargado = () => { const historia = this.#store.historia(numero); return historia.cargada ? hallar(historia) : undefined; };
    if (!cargado() && !(await this.#traer(numero, parametro))) return undefined;
    const mensaje = cargado();
    if (!mensaje || turno !== this.#turno || this.#abierto() !== desde) return undefined;
    if (desde !== numero) this.#abrir(numero);
    return this.#registro.irA(mensaje.clave, entero);
  }

  async #traer(numero, parametro) {
    try {
      this.#store.ponerTramo(numero, await this.#api.pedir(`/api/conversacion/${encodeURIComponent(numero)}?limit=60&${parametro}`));
      return true;
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      this.#avisar(error.estado === 404 ? 'El mensaje original ya no está en esta conversación.' : error.message);
      return false;
    }
  }
}
