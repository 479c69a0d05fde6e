// La dirección de cada conversación (#/chat/573001234567): sobrevive a recargar y el botón Atrás del teléfono vuelve a la lista.
import { Emisor } from './util/emisor.js';

const FORMA = /^#\/chat\/(.+)$/;

export class Ruta extends Emisor {
  #desdeLista = false;

  constructor() {
    super();
    addEventListener('popstate', () => this.#avisar());
  }

  get numero() {
    const hallado = FORMA.exec(location.hash);
    try { return hallado ? decodeURIComponent(hallado[1]) : null; } catch { return null; }
  }

  /** Entre chats se reemplaza: Atrás lleva siempre a la lista. */
  abrir(numero) {
    if (this.numero === numero) return;
    const direccion = `#/chat/${encodeURIComponent(numero)}`;
    if (this.numero) history.replaceState(null, '', direccion);
    else { history.pushState(null, '', direccion); this.#desdeLista = true; }
    this.#avisar();
  }

  cerrar() {
    if (!this.numero) return;
    if (this.#desdeLista) { this.#desdeLista = false; history.back(); return; }
    history.replaceState(null, '', location.pathname);
    this.#avisar();
  }

  #avisar() {
    if (!this.numero) this.#desdeLista = false;
    this.emitir('cambio', this.numero);
  }
}
