// El canal en vivo: abre Socket.IO cuando existe y repite sus anuncios como eventos propios. No guarda ni pide nada.
import { elemento } from './util/dom.js';
import { Emisor } from './util/emisor.js';

const ESPACIO = '/twilio-chat';
const REINTENTO_RECHAZO = 8000;
const ANUNCIOS = {
  new_message: 'mensaje', message_status: 'estado', conversation_update: 'conversacion', session_ended: 'sesion', error: 'problema', line_status: 'linea',
  message_update: 'cambio',
  typing: 'escribiendo',
};

/** La biblioteca espera en su plantilla a que la lista se vea; puede tardar o no llegar nunca (red que bloquea el CDN). */
function traerBiblioteca() {
  const guion = /** @type {HTMLElement} */ (elemento('cliente-socketio').content.firstElementChild.cloneNode(true));
  return new Promise((resolver) => {
    guion.addEventListener('load', () => resolver(globalThis.io ?? null));
    guion.addEventListener('error', () => resolver(null));
    document.head.append(guion);
  });
}

export class CanalEnVivo extends Emisor {
  #socket = null; #chat = null;

  get conectado() { return this.#socket?.connected ?? false; }

  /** Con la biblioteca ausente no falla: queda desconectado y la pantalla pregunta cada tanto. */
  async iniciar() {
    const io = await traerBiblioteca();
    if (!io) return;
    this.#socket = io(ESPACIO, {
      transports: ['websocket', 'polling'], reconnectionDelay: 500, reconnectionDelayMax: 5000, timeout: 8000,
    });
    this.#escuchar(this.#socket);
  }

  #escuchar(socket) {
    socket.on('connect', () => { this.#unirse(); this.emitir('conectado'); });
    socket.on('disconnect', (motivo) => { this.emitir('desconectado', { motivo }); if (motivo === 'io server disconnect') this.#insistir(); });
    socket.on('connect_error', (error) => this.#rechazado(error));
    for (const [anuncio, nombre] of Object.entries(ANUNCIOS)) socket.on(anuncio, (datos) => this.emitir(nombre, datos));
  }

  /** Un proxy puede no dejar pasar websockets: entonces se empieza por consultas largas. */
  #rechazado(error) {
    if (this.#socket.active) this.#socket.io.opts.transports = ['polling', 'websocket'];
    else this.#insistir();
    this.emitir('rechazado', { motivo: error.message });
  }

  /** Tras un rechazo o un cierre del servidor, Socket.IO no vuelve solo. */
  #insistir() { setTimeout(() => { if (!this.#socket.connected) this.#socket.connect(); }, REINTENTO_RECHAZO); }

  /** Anuncia al servidor qué conversación está abierta. */
  abrir(numero) {
    if (this.#chat && this.conectado) this.#socket.emit('leave_conversation', { numero: this.#chat });
    this.#chat = numero;
    this.#unirse();
  }

  #unirse() { if (this.#chat && this.conectado) this.#socket.emit('join_conversation', { numero: this.#chat }); }

  /** Anuncia que aquí se escribe en un chat, o que se dejó. @param {string} numero @param {'typing'|'paused'} state */
  escribir(numero, state) { if (this.conectado) this.#socket.emit('typing', { numero, state }); }

  /** Vuelve a intentar ya mismo. */
  despertar() { if (this.#socket && !this.#socket.connected) this.#socket.connect(); }

  cerrar() { this.#socket?.disconnect(); }
}
