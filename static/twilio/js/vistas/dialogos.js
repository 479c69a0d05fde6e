// Los diálogos: confirmar la salida, empezar un chat y la hoja de atajos. Esc y el fondo los cierran.
import { ErrorApi } from '../api.js';
import { elemento, escribir } from '../util/dom.js';
import { Emisor } from '../util/emisor.js';
import { avisar } from './avisos.js';

const AYUDA = 'Con otro país, empieza por + y su indicativo.';

/** Un toque fuera del recuadro también lo cierra: uno entero, no el que empezó dentro eligiendo texto. @param {HTMLDialogElement} dialogo */
export function cerrarPorFuera(dialogo) {
  let desdeFuera = false;
  const caeFuera = ({ target, clientX: x, clientY: y }) => {
    const { left, right, top, bottom } = dialogo.getBoundingClientRect();
    return target === dialogo && (x < left || x > right || y < top || y > bottom);
  };
  dialogo.addEventListener('pointerdown', (e) => { desdeFuera = caeFuera(e); });
  dialogo.addEventListener('click', (e) => {
    if ((desdeFuera && caeFuera(e)) || /** @type {Element} */ (e.target).closest('[data-cerrar]')) dialogo.close();
  });
}
document.querySelectorAll('dialog').forEach(cerrarPorFuera);

/** Dice si sigue abierto desde ahora: lo que contesta tarde no toca un diálogo cerrado, ni vuelto a abrir para otra cosa. */
export function apertura(dialogo) {
  let sigue = true;
  dialogo.addEventListener('close', () => { sigue = false; }, { once: true });
  return () => sigue && dialogo.open;
}

export function confirmarSalida() {
  const dialogo = elemento('dialogo-salir');
  dialogo.returnValue = '';
  dialogo.showModal();
  return new Promise((resolver) => {
    dialogo.addEventListener('close', () => resolver(dialogo.returnValue === 'si'), { once: true });
  });
}

export class DialogoNuevo extends Emisor {
  #api; #dialogo = elemento('dialogo-nuevo'); #numero = elemento('nuevo-numero'); #nombre = elemento('nuevo-nombre'); #error = elemento('nuevo-error'); #boton = elemento('nuevo-abrir');

  constructor({ api }) {
    super();
    this.#api = api;
    this.#numero.addEventListener('input', () => this.#validar(false));
    this.#numero.addEventListener('blur', () => { if (this.#numero.value) this.#validar(true); });
    elemento('nuevo-formulario').addEventListener('submit', (e) => { e.preventDefault(); this.#abrirChat(); });
  }

  mostrar() {
    this.#numero.value = '';
    this.#nombre.value = '';
    this.#boton.disabled = false;
    escribir(this.#error, '');
    this.#pintarAyuda('');
    this.#dialogo.showModal();
    this.#numero.focus();
  }

  #problema() {
    const valor = this.#numero.value.trim();
    if (!valor) return 'Escribe un número.';
    if (/[^\d\s+().-]/.test(valor)) return 'Un número solo lleva cifras.';
    const cifras = valor.replace(/\D/g, '').length;
    if (cifras < 7) return 'Le faltan cifras.';
    return cifras > 15 ? 'Tiene demasiadas cifras.' : '';
  }

  /** Mientras se escribe solo se quitan quejas; al salir del campo se ponen. */
  #validar(conQueja) {
    const problema = this.#problema();
    const faltan = problema === 'Le faltan cifras.' || problema === 'Escribe un número.';
    if (conQueja || !problema || !faltan) this.#pintarAyuda(problema);
    return !problema;
  }

  #pintarAyuda(problema) {
    escribir(elemento('nuevo-ayuda'), problema || AYUDA);
    this.#numero.setAttribute('aria-invalid', String(Boolean(problema)));
  }

  async #abrirChat() {
    escribir(this.#error, '');
    if (!this.#validar(true)) { this.#numero.focus(); return; }
    const sigue = apertura(this.#dialogo);
    this.#boton.disabled = true;
    try {
      const { conversacion } = await this.#api.abrirConversacion(this.#numero.value.trim(), this.#nombre.value.trim());
      if (!sigue()) return; // canceló: la conversación queda en la lista, sin llevarlo a ella
      this.#dialogo.close();
      this.emitir('abierta', conversacion);
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (sigue()) escribir(this.#error, error.message);
      else avisar(`No se abrió el chat. ${error.message}`, { urgente: true });
    }
    if (sigue()) this.#boton.disabled = false;
  }
}
