// El menú de la cabecera: se abre, se recorre con el teclado y dice qué se eligió; no ejecuta nada.
import { elemento, recorrer } from '../util/dom.js';
import { Emisor } from '../util/emisor.js';

export class Menu extends Emisor {
  #boton = elemento('menu-boton'); #menu = elemento('menu'); #preferencias;

  constructor({ preferencias }) {
    super();
    this.#preferencias = preferencias;
    this.#boton.addEventListener('click', () => (this.#menu.hidden ? this.#abrir() : this.#cerrar()));
    this.#boton.addEventListener('keydown', (e) => { if (e.key === 'ArrowDown') { e.preventDefault(); this.#abrir(); } });
    this.#menu.addEventListener('click', (e) => this.#elegir(e.target.closest('[data-accion]')));
    this.#menu.addEventListener('keydown', (e) => this.#alPulsar(e));
    document.addEventListener('pointerdown', (e) => { if (!e.target.closest('.menu-ancla')) this.#cerrar(false); });
    preferencias.oir('cambio', () => this.#pintar());
    this.#pintar();
  }

  get #opciones() { return [...this.#menu.querySelectorAll('[data-accion]')]; }

  #pintar() {
    for (const opcion of this.#opciones) {
      const { accion, valor } = opcion.dataset;
      if (opcion.role === 'menuitemradio') opcion.setAttribute('aria-checked', String(this.#preferencias.obtener('tema') === valor));
      if (opcion.role === 'menuitemcheckbox') opcion.setAttribute('aria-checked', String(this.#preferencias.obtener(accion)));
      opcion.tabIndex = -1;
    }
  }

  #abrir() {
    this.#menu.hidden = false;
    this.#boton.setAttribute('aria-expanded', 'true');
    this.#opciones[0].focus();
  }

  #cerrar(devolverFoco = true) {
    if (this.#menu.hidden) return;
    this.#menu.hidden = true;
    this.#boton.setAttribute('aria-expanded', 'false');
    if (devolverFoco) this.#boton.focus();
  }

  #elegir(opcion) {
    if (!opcion) return;
    const { accion, valor } = opcion.dataset;
    if (opcion.role === 'menuitem') this.#cerrar();
    this.emitir('elegir', { accion, valor });
  }

  #alPulsar(evento) {
    if (recorrer(evento, this.#opciones)) return;
    if (evento.key === 'Escape') evento.preventDefault();
    if (evento.key === 'Escape' || evento.key === 'Tab') this.#cerrar(evento.key === 'Escape');
  }
}
