// Lista de filas de alto fijo que solo tiene en la página las que se ven; no sabe qué hay en cada fila.
import { alProximoCuadro } from './dom.js';

const MARGEN = 12;

export class Ventana {
  #marco; #lista; #alto; #pintarFila; #elementos = []; #filas = new Map(); #pedir; #alPintar;

  /**
   * @param {{marco: HTMLElement, lista: HTMLElement, alto: number,
   *   pintarFila: (elemento: any, previa: HTMLElement|undefined) => HTMLElement, alPintar?: () => void}} opciones
   */
  constructor({ marco, lista, alto, pintarFila, alPintar = () => {} }) {
    this.#marco = marco;
    this.#lista = lista;
    this.#alto = alto;
    this.#pintarFila = pintarFila;
    this.#alPintar = alPintar;
    this.#pedir = alProximoCuadro(() => this.pintar());
    marco.addEventListener('scroll', this.#pedir, { passive: true });
    new ResizeObserver(this.#pedir).observe(marco);
  }

  get elementos() { return this.#elementos; }

  poner(elementos) {
    this.#elementos = elementos;
    this.#lista.style.height = `${elementos.length * this.#alto}px`;
    this.pintar();
  }

  pintar() {
    const arriba = this.#marco.scrollTop - this.#lista.offsetTop;
    const desde = Math.max(0, Math.floor(arriba / this.#alto) - MARGEN);
    const hasta = Math.min(this.#elementos.length, Math.ceil((arriba + this.#marco.clientHeight) / this.#alto) + MARGEN);
    const vigentes = new Map();
    for (let i = desde; i < hasta; i += 1) vigentes.set(this.#elementos[i].clave, this.#colocar(i));
    this.#retirar(vigentes);
    this.#ordenar(vigentes);
    this.#alPintar();
  }

  #colocar(indice) {
    const elemento = this.#elementos[indice];
    const fila = this.#pintarFila(elemento, this.#filas.get(elemento.clave));
    fila.style.transform = `translateY(${indice * this.#alto}px)`;
    fila.setAttribute('aria-setsize', String(this.#elementos.length));
    fila.setAttribute('aria-posinset', String(indice + 1));
    return fila;
  }

  #retirar(vigentes) {
    for (const [clave, fila] of this.#filas) if (!vigentes.has(clave)) fila.remove();
    this.#filas = vigentes;
  }

  /** El orden en la página es el que oye un lector de pantalla; solo se mueve lo que no está en su sitio. */
  #ordenar(vigentes) {
    const enfocado = document.activeElement;
    let anterior = null;
    for (const fila of vigentes.values()) {
      const sitio = anterior ? anterior.nextSibling : this.#lista.firstChild;
      if (fila !== sitio) this.#lista.insertBefore(fila, sitio);
      anterior = fila;
    }
    if (enfocado instanceof HTMLElement && enfocado !== document.activeElement && this.#lista.contains(enfocado)) {
      enfocado.focus({ preventScroll: true });
    }
  }

  /** Lleva una fila a la vista y la devuelve. */
  mostrar(indice) {
    const elemento = this.#elementos[indice];
    if (!elemento) return undefined;
    const arriba = indice * this.#alto + this.#lista.offsetTop;
    const { scrollTop, clientHeight } = this.#marco;
    if (arriba < scrollTop) this.#marco.scrollTop = arriba;
    else if (arriba + this.#alto > scrollTop + clientHeight) this.#marco.scrollTop = arriba + this.#alto - clientHeight;
    this.pintar();
    return this.#filas.get(elemento.clave);
  }
}
