// Buscar dentro del chat abierto: una franja con el cuadro, cuántos hay y las flechas para ir de uno en uno.
import { Buscador } from '../listado.js';
import { elemento, escribir } from '../util/dom.js';

export class BusquedaChat {
  #buscador; #abierto; #ir; #resaltado; #numero = null; #actual = -1;
  #franja = elemento('chat-busqueda'); #caja = elemento('chat-buscar');

  /**
   * @param {Pick<Piezas, 'api' | 'abierto'> & {ir: (numero: string, seq: number, texto: string) => void,
   *   resaltado: import('./resaltado.js').Resaltado}} piezas
   */
  constructor({ api, abierto, ir, resaltado }) {
    this.#buscador = new Buscador({ api });
    this.#abierto = abierto;
    this.#ir = ir;
    this.#resaltado = resaltado;
    this.#buscador.oir('cambio', () => this.#alCambiar());
    this.#caja.addEventListener('input', () => { this.#actual = -1; this.#buscador.buscar(this.#caja.value, this.#numero); });
    this.#franja.addEventListener('keydown', (e) => this.#alPulsar(e));
    elemento('chat-buscar-antes').addEventListener('click', () => this.#mover(1));
    elemento('chat-buscar-despues').addEventListener('click', () => this.#mover(-1));
    elemento('chat-buscar-cerrar').addEventListener('click', () => this.cerrar(true));
  }

  mostrar() {
    this.#numero = this.#abierto();
    this.#franja.hidden = !this.#numero;
    this.#caja.focus();
    this.#caja.select();
    this.#alCambiar();
  }

  /** @param {boolean} [volver] deja el cursor en el cuadro de escribir */
  cerrar(volver = false) {
    if (this.#franja.hidden) return;
    this.#franja.hidden = true;
    this.#caja.value = '';
    this.#buscador.buscar('');
    if (volver) elemento('texto').focus();
  }

  #alPulsar(evento) {
    if (evento.key === 'Escape') this.cerrar(true);
    else if (evento.key === 'ArrowUp' || (evento.key === 'Enter' && evento.target === this.#caja && !evento.shiftKey)) this.#mover(1);
    else if (evento.key === 'ArrowDown' || (evento.key === 'Enter' && evento.target === this.#caja)) this.#mover(-1);
    else return;
    evento.preventDefault();
  }

  /** Los hallados van del más nuevo al más viejo: hacia arriba es más viejo. @param {number} paso */
  #mover(paso) {
    const hallados = this.#buscador.mensajes;
    const destino = Math.max(0, Math.min(hallados.length - 1, this.#actual + paso));
    if (!hallados.length || destino === this.#actual) return;
    this.#actual = destino;
    this.#pintar();
    this.#ir(this.#numero, hallados[destino].seq, this.#buscador.texto);
  }

  /** En cuanto llegan, se muestra el más nuevo. */
  #alCambiar() {
    const { buscando, mensajes } = this.#buscador;
    if (!mensajes.length) this.#resaltado.quitar();
    else if (!buscando && this.#actual < 0 && !this.#franja.hidden) this.#mover(1);
    this.#pintar();
  }

  #pintar() {
    const { texto, buscando, error, mensajes } = this.#buscador;
    const cuenta = buscando ? 'Buscando…' : error ? error.message : mensajes.length ? `${this.#actual + 1} de ${mensajes.length}` : texto ? 'Nada encontrado' : '';
    escribir(elemento('chat-buscar-cuenta'), cuenta);
    elemento('chat-buscar-antes').disabled = this.#actual >= mensajes.length - 1;
    elemento('chat-buscar-despues').disabled = this.#actual <= 0;
  }
}
