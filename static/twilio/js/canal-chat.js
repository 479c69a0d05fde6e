// Por dónde va el chat abierto: lo dice la cabecera y, si el canal ya no admite texto libre, se explica y se ofrece una plantilla.
import { elemento, escribir } from './util/dom.js';
import { horaCorta } from './util/tiempo.js';

export class CanalChat {
  #store; #abierto; #reloj = 0; #region = elemento('conversacion');

  /** @param {PiezasEscritorio & {plantillas: () => void}} piezas */
  constructor({ store, conversacion, abierto, plantillas }) {
    this.#store = store;
    this.#abierto = abierto;
    store.oir('lista', () => this.#pintar());
    conversacion.oir('abierta', () => this.#pintar());
    elemento('ventana-plantilla').addEventListener('click', plantillas);
    this.#pintar();
  }

  #pintar() {
    clearTimeout(this.#reloj);
    const { fuente, ventanaHasta: hasta } = this.#store.conversacion(this.#abierto()) ?? {};
    const falta = hasta ? Date.parse(hasta) - Date.now() : Infinity;
    const cerrada = falta <= 0;
    if (falta > 0 && falta < Infinity) this.#reloj = setTimeout(() => this.#pintar(), falta + 500);
    this.#region.dataset.ventana = cerrada ? 'cerrada' : 'abierta';
    elemento('ventana').hidden = !cerrada;
    const via = fuente === 'twilio' ? `WhatsApp · Twilio${cerrada ? '' : ` hasta las ${horaCorta(hasta)}`}` : 'WhatsApp';
    escribir(elemento('chat-canal'), fuente ? via : '');
  }
}
