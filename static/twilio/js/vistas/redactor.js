// El cuadro de escribir: crece con el texto, guarda un borrador por chat y entrega el mensaje a quien lo envía.
import { elemento } from '../util/dom.js';

const ALTO_MAXIMO = 138;
const RESPIRO = 250;

export class Redactor {
  #borradores; #preferencias; #enviar; #numero = null; #reloj = 0;
  #formulario = elemento('redactor'); #caja = elemento('texto'); #boton = elemento('enviar');

  /** @param {Piezas} piezas */
  constructor({ borradores, preferencias, enviar }) {
    this.#borradores = borradores;
    this.#preferencias = preferencias;
    this.#enviar = enviar;
    this.#caja.addEventListener('input', () => this.#alEscribir());
    this.#caja.addEventListener('keydown', (e) => this.#alPulsar(e));
    this.#formulario.addEventListener('submit', (e) => { e.preventDefault(); this.#enviar(); });
    this.#boton.addEventListener('pointerdown', (e) => e.preventDefault()); // el teclado del teléfono no se cierra al enviar
    borradores.oir('cambio', (d) => this.#deOtraPestana(d));
    addEventListener('pagehide', () => this.guardar());
  }

  get texto() { return this.#caja.value; }

  /** Cambia de chat: guarda lo escrito en el que se deja y trae lo del que se abre. */
  abrir(numero, enfocar = true) {
    this.guardar();
    this.#numero = numero;
    this.#poner(numero ? this.#borradores.de(numero) : '');
    if (numero && enfocar && matchMedia('(hover: hover)').matches) this.enfocar();
  }

  guardar() {
    clearTimeout(this.#reloj);
    this.#reloj = 0;
    if (this.#numero) this.#borradores.poner(this.#numero, this.#caja.value);
  }

  permitir(permitido) {
    this.#formulario.hidden = !permitido;
  }

  enfocar() { this.#caja.focus({ preventScroll: true }); }

  vaciar() {
    this.#poner('');
    this.guardar();
  }

  /** Vuelve un texto al cuadro, delante de lo que haya. */
  devolver(texto) {
    this.#poner([texto, this.#caja.value].filter(Boolean).join('\n'));
    this.guardar();
    this.enfocar();
  }

  #poner(texto) {
    this.#caja.value = texto;
    this.#ajustar();
  }

  #alEscribir() {
    this.#ajustar();
    clearTimeout(this.#reloj);
    this.#reloj = setTimeout(() => this.guardar(), RESPIRO);
  }

  #ajustar() {
    this.#boton.disabled = !this.#caja.value.trim();
    this.#caja.style.height = 'auto';
    if (this.#caja.value) this.#caja.style.height = `${Math.min(ALTO_MAXIMO, this.#caja.scrollHeight)}px`;
  }

  /** En el teléfono Enter es línea nueva; en el escritorio, lo que el agente eligió. */
  #alPulsar(evento) {
    if (evento.key !== 'Enter' || evento.isComposing || evento.shiftKey || evento.altKey) return;
    const conTecla = evento.ctrlKey || evento.metaKey;
    const directo = this.#preferencias.obtener('enterEnvia') && matchMedia('(hover: hover)').matches;
    if (!conTecla && !directo) return;
    evento.preventDefault();
    this.#enviar();
  }

  /** Mientras aquí haya letras sin guardar manda lo de aquí; si no, vale lo último que se escribió o se envió allá. */
  #deOtraPestana({ numero, propio, remoto }) {
    if (!propio && numero === this.#numero && (remoto || !this.#reloj)) this.#poner(this.#borradores.de(numero));
  }
}
