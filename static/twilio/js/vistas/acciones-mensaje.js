// Reaccionar a un mensaje, editarlo o eliminarlo. Lo que se ve cambia cuando el servidor lo confirma.
import { ErrorApi } from '../api.js';
import { elemento, escribir } from '../util/dom.js';
import { avisar } from './avisos.js';
import { apertura } from './dialogos.js';
import { abrirMenu } from './menu-flotante.js';

const EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

export class AccionesMensaje {
  #api; #store; #editado = /** @type {Mensaje|null} */ (null);
  #dialogo = elemento('dialogo-editar'); #texto = elemento('editar-texto'); #error = elemento('editar-error'); #boton = this.#dialogo.querySelector('[type="submit"]');

  /** @param {Pick<Piezas, 'api' | 'store'>} piezas */
  constructor({ api, store }) {
    this.#api = api;
    this.#store = store;
    this.#dialogo.querySelector('form').addEventListener('submit', (e) => { e.preventDefault(); this.#guardar(); });
    this.#texto.addEventListener('keydown', (e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); this.#guardar(); } });
  }

  /** La mía se quita al volver a elegirla. @param {Mensaje} mensaje */
  reaccionar(mensaje, sitio) {
    const mia = mensaje.reacciones.find((r) => r.from_me)?.emoji;
    abrirMenu('Reaccionar', sitio, EMOJIS.map((emoji) => ({
      texto: emoji, nombre: emoji === mia ? `Quitar tu reacción ${emoji}` : `Reaccionar con ${emoji}`, icono: '',
      hacer: () => this.#hacer(mensaje, () => this.#api.reaccionar(mensaje.seq, emoji === mia ? '' : emoji)),
    })), 'menu-reacciones');
  }

  /** @param {Mensaje} mensaje */
  editar(mensaje) {
    this.#editado = mensaje;
    this.#texto.value = mensaje.texto;
    this.#boton.disabled = false;
    escribir(this.#error, '');
    escribir(elemento('editar-ayuda'), 'WhatsApp deja editar durante unos 15 minutos. El cliente verá que se editó.');
    this.#dialogo.showModal();
    this.#texto.focus();
  }

  async #guardar() {
    const mensaje = this.#editado;
    const texto = this.#texto.value.trim();
    if (!texto) { escribir(this.#error, 'Escribe algo: un mensaje no puede quedar vacío.'); return; }
    if (texto === mensaje.texto) { this.#dialogo.close(); return; }
    const sigue = apertura(this.#dialogo);
    this.#boton.disabled = true;
    try {
      this.#recibir(mensaje, await this.#api.editar(mensaje.seq, texto));
      if (sigue()) this.#dialogo.close();
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (sigue()) escribir(this.#error, error.message);
      else avisar(`No se editó el mensaje a ${this.#store.conversacion(mensaje.numero)?.nombre ?? mensaje.numero}. ${error.message}`, { urgente: true });
    }
    if (sigue()) this.#boton.disabled = false;
  }

  /** Pregunta una vez. @param {Mensaje} mensaje */
  async borrar(mensaje) {
    const dialogo = /** @type {HTMLDialogElement} */ (elemento('dialogo-borrar'));
    dialogo.returnValue = '';
    dialogo.showModal();
    await new Promise((seguir) => dialogo.addEventListener('close', seguir, { once: true }));
    if (dialogo.returnValue === 'si') await this.#hacer(mensaje, () => this.#api.borrar(mensaje.seq));
  }

  async #hacer(mensaje, pedir) {
    try {
      this.#recibir(mensaje, await pedir());
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      avisar(error.message, { urgente: true });
    }
  }

  #recibir(mensaje, { message, notice }) {
    this.#store.recibirCambio({ ...message, numero: mensaje.numero });
    if (notice) avisar(notice);
  }
}

/** @param {Mensaje} m */
export const reaccionable = (m) => m.fuente === 'whapi' && !m.borrado && m.tipo !== 'call' && Boolean(m.seq && m.id && !m.id.startsWith('local-'));
/** @param {Mensaje} m */
export const editable = (m) => Boolean(m.editableHasta) && new Date(m.editableHasta) > new Date();
