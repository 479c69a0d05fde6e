// Responder citando: la franja sobre el cuadro de escribir con lo citado, una por chat; Esc o su botón la quitan.
import { elemento, escribir } from '../util/dom.js';
import { previa } from '../util/tipos.js';

export class Responder {
  #store; #redactor; #abierto; #citas = new Map(); #franja = elemento('cita');

  /** @param {Piezas} piezas */
  constructor({ store, abierto, redactor }) {
    this.#store = store;
    this.#abierto = abierto;
    this.#redactor = redactor;
    elemento('cita-cancelar').addEventListener('click', () => { this.cancelar(); redactor.enfocar(); });
    elemento('mensajes').addEventListener('click', (e) => {
      const nodo = e.target.closest('[data-accion="responder"]')?.closest('.mensaje');
      if (nodo) this.citar(this.#store.historia(this.#abierto()).obtener(nodo.dataset.clave));
    });
    elemento('redactor').addEventListener('keydown', (e) => {
      if (e.key !== 'Escape' || this.#franja.hidden || e.defaultPrevented) return;
      e.preventDefault();
      this.cancelar();
    });
  }

  /** Solo se cita lo que el proveedor ya conoce. @param {Mensaje|undefined} mensaje */
  citable(mensaje) { return Boolean(mensaje?.seq && mensaje.id && !mensaje.id.startsWith('local-')); }

  /** @param {Mensaje|undefined} mensaje */
  citar(mensaje) {
    if (!this.citable(mensaje)) return;
    this.#citas.set(mensaje.numero, { id: mensaje.id, texto: mensaje.texto, tipo: mensaje.tipo, propio: mensaje.propio });
    this.pintar();
    this.#redactor.enfocar();
  }

  cancelar() {
    this.#citas.delete(this.#abierto());
    this.pintar();
  }

  /** La cita del chat abierto, que se va con el mensaje. */
  tomar() {
    const cita = this.#citas.get(this.#abierto()) ?? null;
    this.cancelar();
    return cita;
  }

  pintar() {
    const cita = this.#citas.get(this.#abierto());
    this.#franja.hidden = !cita;
    if (!cita) return;
    const quien = cita.propio ? 'Tú' : this.#store.conversacion(this.#abierto())?.nombre ?? '';
    escribir(elemento('cita-autor'), quien);
    escribir(elemento('cita-texto'), previa(cita) || 'Mensaje');
  }
}
