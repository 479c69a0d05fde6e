// Los mensajes hallados, debajo de los chats: con su trozo marcado, y un solo recorrido de teclado con la lista.
import { clonar, elemento, escribir, partes } from '../util/dom.js';
import { fechaLista } from '../util/tiempo.js';

export class Resultados {
  #buscador; #ir; #resaltado; #caja = elemento('resultados'); #lista = elemento('resultados-lista'); #buscar = elemento('buscar');

  /**
   * @param {{buscador: import('../listado.js').Buscador, ir: (numero: string, seq: number, texto: string) => void,
   *   resaltado: import('./resaltado.js').Resaltado}} piezas
   */
  constructor({ buscador, ir, resaltado }) {
    this.#buscador = buscador;
    this.#ir = ir;
    this.#resaltado = resaltado;
    buscador.oir('cambio', () => this.#pintar());
    this.#lista.addEventListener('click', (e) => this.#elegir(e.target.closest('button')));
    elemento('lista-marco').addEventListener('keydown', (e) => this.#alPulsar(e), true);
    this.#buscar.addEventListener('keydown', (e) => this.#alBajar(e), true);
    this.#pintar();
  }

  get #botones() { return [...this.#lista.querySelectorAll('button')]; }

  #pintar() {
    const { mensajes, texto, buscando } = this.#buscador;
    elemento('grupo-chats').hidden = !texto;
    this.#caja.hidden = !mensajes.length;
    if (!texto) this.#resaltado.quitar();
    if (!buscando || !texto) this.#lista.replaceChildren(...mensajes.map(armar));
  }

  #elegir(boton) { if (boton) this.#ir(boton.dataset.numero, Number(boton.dataset.seq), this.#buscador.texto); }

  /** Sin chats hallados, Enter y ↓ van a los mensajes. */
  #alBajar(evento) {
    const primero = this.#botones[0];
    if (!primero || elemento('lista').childElementCount || !['ArrowDown', 'Enter'].includes(evento.key)) return;
    evento.preventDefault();
    evento.stopPropagation();
    if (evento.key === 'Enter') this.#elegir(primero);
    else primero.focus();
  }

  #alPulsar(evento) {
    if (!this.#buscador.texto || evento.altKey || !['ArrowDown', 'ArrowUp', 'Escape'].includes(evento.key)) return;
    const todos = [...elemento('lista').querySelectorAll('button'), ...this.#botones];
    const actual = todos.indexOf(document.activeElement);
    const destino = evento.key === 'Escape' ? this.#buscar : evento.key === 'ArrowDown' ? todos[actual + 1] : todos[actual - 1] ?? this.#buscar;
    evento.preventDefault();
    evento.stopPropagation();
    destino?.focus();
  }
}

function armar(hallado) {
  const nodo = clonar('t-resultado');
  const p = partes(nodo);
  Object.assign(p.boton.dataset, { numero: hallado.numero, seq: hallado.seq });
  escribir(p.nombre, hallado.nombre);
  escribir(p.hora, fechaLista(hallado.date_sent));
  escribir(p.quien, hallado.direction === 'outbound' ? 'Tú: ' : '');
  p.texto.replaceChildren(...trozos(hallado.snippet));
  return nodo;
}

/** El trozo con lo buscado en <mark>. @param {Array<{text: string, match: boolean}>} pedazos */
function trozos(pedazos) {
  return pedazos.map(({ text, match }) => {
    if (!match) return text;
    const marca = document.createElement('mark');
    marca.textContent = text;
    return marca;
  });
}
