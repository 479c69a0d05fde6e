// Lo buscado, resaltado dentro de las burbujas del chat abierto sin tocar sus nodos (CSS Custom Highlight API).
// Donde el navegador no la tiene, el salto señala la burbuja y nada más.
import { elemento } from '../util/dom.js';
import { plano } from '../util/numero.js';

const PALABRA = /[\p{L}\p{N}]+/gu;

export class Resaltado {
  #palabras = []; #hoja = elemento('mensajes'); #caja = elemento('registro'); #marca = 'Highlight' in globalThis ? new Highlight() : null; #vigia;

  constructor() {
    if (this.#marca) CSS.highlights.set('hallado', this.#marca);
    this.#vigia = new MutationObserver(() => this.#marcar());
  }

  /** @param {string} texto lo buscado; vacío deja de resaltar @param {HTMLElement} [burbuja] aquella a la que se saltó */
  poner(texto, burbuja) {
    this.#palabras = plano(texto).match(PALABRA) ?? [];
    this.#vigia.disconnect();
    this.#marcar();
    if (!this.#marca || !this.#palabras.length) return;
    this.#vigia.observe(this.#hoja, { childList: true, subtree: true });
    if (burbuja) this.#llevar(this.#en(burbuja)[0]);
  }

  quitar() { this.poner(''); }

  #marcar() {
    if (!this.#marca) return;
    this.#marca.clear();
    if (!this.#palabras.length) return;
    for (const burbuja of this.#hoja.querySelectorAll('.mensaje')) for (const tramo of this.#en(burbuja)) this.#marca.add(tramo);
  }

  /** Los tramos hallados en una burbuja; ninguno si no están todas las palabras. */
  #en(burbuja) {
    const tramos = [];
    const faltan = new Set(this.#palabras);
    const nodos = document.createTreeWalker(burbuja.querySelector('.mensaje-texto'), NodeFilter.SHOW_TEXT);
    while (nodos.nextNode()) {
      for (const { 0: palabra, index } of plano(nodos.currentNode.data).matchAll(PALABRA)) {
        const comienzos = this.#palabras.filter((p) => palabra.startsWith(p));
        for (const p of comienzos) faltan.delete(p);
        if (comienzos.length) tramos.push(tramo(nodos.currentNode, index, Math.max(...comienzos.map((p) => p.length))));
      }
    }
    return faltan.size ? [] : tramos;
  }

  /** En una burbuja más alta que la pantalla, lo hallado puede haber quedado fuera. */
  #llevar(hallado) {
    if (!hallado) return;
    const { top, bottom } = hallado.getBoundingClientRect();
    const caja = this.#caja.getBoundingClientRect();
    if (top < caja.top + 40 || bottom > caja.bottom - 40) this.#caja.scrollTop += top - caja.top - caja.height / 2;
  }
}

function tramo(nodo, desde, largo) {
  const rango = document.createRange();
  rango.setStart(nodo, desde);
  rango.setEnd(nodo, desde + largo);
  return rango;
}
