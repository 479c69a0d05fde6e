// Buscar en el servidor: espera a que se deje de teclear, abandona lo que llega tarde y guarda lo último hallado.
import { ErrorApi } from './api.js';
import { Emisor } from './util/emisor.js';

const ESPERA = 200;

export class Buscador extends Emisor {
  #api; #guardar; #numero = null; #reloj = 0; #control = null;
  texto = '';
  buscando = false;
  error = null;
  mensajes = [];
  chats = new Set();

  /** @param {{api: Piezas['api'], guardar?: (items: any[]) => void}} piezas `guardar` recibe los chats hallados */
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
    if (limpio) this.#reloj = setTimeout(() => this.#pedir(), ESPERA);
    else this.#poner([], []);
    this.emitir('cambio');
  }

  async #pedir() {
    const control = this.#control = new AbortController();
    const donde = this.#numero ? `&numero=${encodeURIComponent(this.#numero)}&limit=100` : '&limit=40';
    try {
      const hallado = await this.#api.pedir(`/api/buscar?q=${encodeURIComponent(this.texto)}${donde}`, { senal: control.signal });
      if (control.signal.aborted) return;
      this.#guardar(hallado.conversaciones);
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
