// La lista de respuestas rápidas que abre «/» sobre el cuadro de escribir; el foco no sale del cuadro.
import { rellenar } from '../respuestas.js';
import { clonar, elemento, escribir, marcar, partes } from '../util/dom.js';
import { enUnaLinea } from '../util/tipos.js';

const MAXIMAS = 30;

export class ListaRespuestas {
  #respuestas; #datos; #administrar; #halladas = []; #elegida = 0;
  #caja = elemento('texto'); #panel = elemento('respuestas'); #lista = elemento('respuestas-lista');

  /** @param {{respuestas: import('../respuestas.js').Respuestas, datos: () => Record<string, string>, administrar: () => void}} piezas */
  constructor({ respuestas, datos, administrar }) {
    this.#respuestas = respuestas;
    this.#datos = datos;
    this.#administrar = administrar;
    this.#caja.addEventListener('input', () => this.revisar());
    this.#caja.addEventListener('blur', () => setTimeout(() => { if (!this.#panel.contains(document.activeElement)) this.cerrar(); }));
    elemento('redactor').addEventListener('keydown', (e) => this.#alPulsar(e), true);
    this.#lista.addEventListener('pointerdown', (e) => e.preventDefault());
    this.#lista.addEventListener('click', (e) => this.#insertar(Number(e.target.closest('[role="option"]')?.dataset.puesto ?? -1)));
    elemento('respuestas-administrar').addEventListener('click', () => { this.cerrar(); this.#administrar(); });
    respuestas.oir('cambio', () => this.revisar());
  }

  /** Se abre mientras lo escrito sea «/» y un atajo sin espacios. */
  revisar() {
    const pedido = /^\/(\S*)$/.exec(this.#caja.value);
    if (!pedido || document.activeElement !== this.#caja) { this.cerrar(); return; }
    this.#respuestas.cargar().catch(() => { /* sin red se ofrecen las que ya se conocían */ });
    this.#halladas = this.#respuestas.buscar(pedido[1]).slice(0, MAXIMAS);
    this.#elegida = 0;
    this.#pintar(pedido[1]);
  }

  cerrar() {
    this.#panel.hidden = true;
    this.#caja.removeAttribute('aria-activedescendant');
    this.#caja.removeAttribute('aria-controls');
  }

  #pintar(buscado) {
    this.#panel.hidden = false;
    this.#lista.hidden = !this.#halladas.length;
    this.#lista.replaceChildren(...this.#halladas.map((r, i) => this.#armar(r, i)));
    escribir(elemento('respuestas-nota'), this.#halladas.length ? '' : buscado ? 'Ninguna respuesta coincide.' : 'Aún no hay respuestas rápidas.');
    this.#caja.setAttribute('aria-controls', 'respuestas-lista');
    this.#senalar();
  }

  #armar(respuesta, puesto) {
    const nodo = clonar('t-respuesta');
    const p = partes(nodo);
    nodo.id = `respuesta-${puesto}`;
    nodo.dataset.puesto = String(puesto);
    escribir(p.atajo, `/${respuesta.atajo}`);
    escribir(p.texto, enUnaLinea(rellenar(respuesta.texto, this.#datos())));
    p.equipo.hidden = !respuesta.compartida;
    return nodo;
  }

  #senalar() {
    [...this.#lista.children].forEach((nodo, i) => {
      nodo.setAttribute('aria-selected', String(i === this.#elegida));
      marcar(/** @type {HTMLElement} */ (nodo), 'elegida', i === this.#elegida);
      if (i === this.#elegida) nodo.scrollIntoView({ block: 'nearest' });
    });
    if (this.#halladas.length) this.#caja.setAttribute('aria-activedescendant', `respuesta-${this.#elegida}`);
    else this.#caja.removeAttribute('aria-activedescendant');
  }

  /** Va antes que el redactor: con la lista abierta, Enter inserta y no envía. */
  #alPulsar(evento) {
    if (this.#panel.hidden || evento.target !== this.#caja || evento.isComposing) return;
    const cuantas = this.#halladas.length;
    if (evento.key === 'Escape') this.cerrar();
    else if (!cuantas) return;
    else if (evento.key === 'ArrowDown') { this.#elegida = (this.#elegida + 1) % cuantas; this.#senalar(); }
    else if (evento.key === 'ArrowUp') { this.#elegida = (this.#elegida + cuantas - 1) % cuantas; this.#senalar(); }
    else if ((evento.key === 'Enter' && !evento.shiftKey) || (evento.key === 'Tab' && !evento.shiftKey)) this.#insertar(this.#elegida);
    else return;
    evento.preventDefault();
    evento.stopPropagation();
  }

  #insertar(puesto) {
    const respuesta = this.#halladas[puesto];
    if (!respuesta) return;
    this.#caja.value = rellenar(respuesta.texto, this.#datos());
    this.#caja.focus();
    this.#caja.setSelectionRange(this.#caja.value.length, this.#caja.value.length);
    this.#caja.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
}
