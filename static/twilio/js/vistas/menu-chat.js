// Lo que se puede hacer con un chat: fijarlo, silenciarlo y buscar en él. Se abre en su cabecera o sobre su fila.
import { ErrorApi } from '../api.js';
import { elemento } from '../util/dom.js';
import { avisar } from './avisos.js';
import { abrirMenu, cerrarMenu } from './menu-flotante.js';

export class MenuChat {
  #api; #store; #abierto; #buscarEn; #uniones;

  /** @param {Pick<Piezas, 'api' | 'store' | 'abierto'> & {buscarEn: () => Promise<void>, uniones: import('../uniones.js').Uniones}} piezas */
  constructor({ api, store, abierto, buscarEn, uniones }) {
    this.#api = api;
    this.#store = store;
    this.#abierto = abierto;
    this.#buscarEn = buscarEn;
    this.#uniones = uniones;
    const boton = elemento('chat-menu');
    boton.addEventListener('click', () => (boton.getAttribute('aria-expanded') === 'true' ? cerrarMenu() : this.#mostrar(this.#abierto(), boton)));
    boton.addEventListener('keydown', (e) => { if (e.key === 'ArrowDown') { e.preventDefault(); this.#mostrar(this.#abierto(), boton); } });
    elemento('lista').addEventListener('contextmenu', (e) => this.#alPedir(e));
  }

  #alPedir(evento) {
    const numero = evento.target.closest('[data-numero]')?.dataset.numero;
    if (!numero) return;
    evento.preventDefault();
    this.#mostrar(numero, evento);
  }

  #mostrar(numero, sitio) {
    const chat = this.#store.conversacion(numero);
    if (!chat) return;
    const opciones = [
      { texto: chat.fijada ? 'Desfijar chat' : 'Fijar chat', icono: 'i-fijar', hacer: () => this.#ajustar(numero, { pinned: !chat.fijada }) },
      { texto: chat.silenciada ? 'Activar avisos' : 'Silenciar', icono: 'i-silencio', hacer: () => this.#ajustar(numero, { muted: !chat.silenciada }) },
    ];
    if (numero === this.#abierto()) opciones.unshift({ texto: 'Buscar en el chat', icono: 'i-buscar', hacer: this.#buscarEn });
    const union = this.#uniones.opcion(numero);
    if (union) opciones.push(union);
    abrirMenu(`Opciones de ${chat.nombre}`, sitio, opciones);
  }

  /** Se ve ya; si el servidor no lo acepta, vuelve atrás y se dice. @param {string} numero @param {{pinned?: boolean, muted?: boolean}} cambio */
  async #ajustar(numero, cambio) {
    const antes = this.#store.conversacion(numero);
    this.#store.ajustar(numero, cambio);
    try {
      this.#store.ajustar(numero, await this.#api.pedir(`/api/conversacion/${encodeURIComponent(numero)}`, { metodo: 'PATCH', cuerpo: cambio }));
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      this.#store.ajustar(numero, { pinned: antes.fijada, muted: antes.silenciada });
      avisar(`No se guardó el cambio. ${error.message}`, { urgente: true });
    }
  }
}
