// La columna de conversaciones: lo que el servidor halla o filtra, filas a la vista y los estados con palabras.
import { FILTROS, ordenar } from '../listado.js';
import { alProximoCuadro, elemento, escribir } from '../util/dom.js';
import { Emisor } from '../util/emisor.js';
import { formatearNumero, plegar } from '../util/numero.js';
import { Ventana } from '../util/ventana.js';
import { pintarFila } from './fila.js';

const ALTO_FILA = 72;
const ANTES_DEL_FINAL = 900;
const RESPIRO = 1000;

export class Lista extends Emisor {
  #store; #paginas; #conteos; #buscador; #borradores; #preferencias; #seVe; #ventana; #activa = null; #filtro = 'todos'; #busqueda = ''; #foco = null;
  #marco = elemento('lista-marco'); #lista = elemento('lista'); #buscar = elemento('buscar'); #pintar;

  /** @param {Piezas} piezas */
  constructor({ store, paginas, conteos, buscador, borradores, preferencias, seVe }) {
    super();
    this.#store = store;
    this.#paginas = paginas;
    this.#conteos = conteos;
    this.#buscador = buscador;
    this.#borradores = borradores;
    this.#preferencias = preferencias;
    this.#seVe = seVe;
    this.#ventana = new Ventana({ marco: this.#marco, lista: this.#lista, alto: ALTO_FILA, pintarFila, alPintar: () => this.#repartirTabulador() });
    this.#pintar = alProximoCuadro(() => this.pintar());
    this.#escucharDatos();
    this.#escucharGestos();
    if (this.#buscar.value) this.#alBuscar(); // escrito antes de llegar aquí
  }

  #escucharDatos() {
    this.#store.oir('lista', this.#pintar);
    for (const fuente of [this.#paginas, this.#conteos, this.#buscador]) fuente.oir('cambio', this.#pintar);
    this.#borradores.oir('cambio', this.#pintar);
    this.#preferencias.oir('cambio', this.#pintar);
    document.addEventListener('visibilitychange', this.#pintar);
    setInterval(this.#pintar, 60_000);
  }

  #escucharGestos() {
    this.#lista.addEventListener('click', (e) => this.#elegir(e.target.closest('button')?.dataset.numero));
    this.#lista.addEventListener('keydown', (e) => this.#mover(e));
    this.#lista.addEventListener('focusin', (e) => { this.#foco = e.target.closest('button')?.dataset.numero ?? null; });
    // al final del todo la rueda y el dedo ya no mueven nada, pero también piden más
    for (const gesto of ['scroll', 'wheel', 'touchmove']) this.#marco.addEventListener(gesto, () => this.#seguirSiHaceFalta(true), { passive: true });
    this.#buscar.addEventListener('input', () => this.#alBuscar());
    this.#buscar.addEventListener('keydown', (e) => this.#teclaEnBusqueda(e));
    elemento('buscar-limpiar').addEventListener('click', () => { this.limpiarBusqueda(); this.#buscar.focus(); });
    elemento('filtros').addEventListener('change', (e) => { this.#filtro = e.target.value; this.#marco.scrollTop = 0; this.pintar(); });
    this.#marco.addEventListener('click', (e) => { if (e.target.closest('[data-vacio] button')) this.#accionVacia(); });
  }

  #elegir(numero) { if (numero) this.emitir('abrir', numero); }

  activar(numero) {
    const cerrada = numero ? null : this.#activa;
    this.#activa = numero;
    this.pintar();
    const indice = this.#ventana.elementos.findIndex((c) => c.numero === numero);
    if (indice >= 0) this.#ventana.mostrar(indice);
    if (cerrada) this.#volverA(cerrada);
  }

  /** Al cerrar un chat el teclado queda en su fila, salvo que ya esté en otro sitio. */
  #volverA(numero) {
    const enfocado = document.activeElement;
    if (enfocado === document.body || !enfocado?.checkVisibility()) this.#enfocar(this.#ventana.elementos.findIndex((c) => c.numero === numero));
  }

  get #orden() { return this.#preferencias.obtener('primeroNoLeidos') ? 'no_leidos' : 'reciente'; }

  pintar() {
    this.#paginas.elegir(this.#filtro, this.#orden);
    const visibles = this.#elegidas();
    this.#ventana.poner(visibles.map((c) => this.#conContexto(c)));
    this.#pintarCuentas();
    this.#pintarEstado(visibles.length);
    this.#seguirSiHaceFalta();
  }

  #conContexto(c) {
    const activa = c.numero === this.#activa;
    return { ...c, activa, visible: this.#seVe(c.numero) ? 0 : c.sinLeer, borrador: activa ? '' : this.#borradores.de(c.numero) };
  }

  #elegidas() {
    const buscado = plegar(this.#busqueda.trim());
    const cifras = buscado.replace(/[\s+()-]/g, '');
    const porNumero = /^\d{3,}$/.test(cifras);
    const pasa = (c) => plegar(c.nombre).includes(buscado) || (porNumero && c.numero.includes(cifras)) || formatearNumero(c.numero).includes(buscado);
    if (buscado) return this.#store.conversaciones.filter((c) => pasa(c) || this.#buscador.chats.has(c.numero));
    return ordenar(this.#store.conversaciones.filter((c) => FILTROS[this.#filtro](c) || c.numero === this.#activa), this.#orden);
  }

  #pintarCuentas() {
    for (const nodo of elemento('filtros').querySelectorAll('[data-cuenta]')) {
      const cuenta = this.#conteos.valores[nodo.dataset.cuenta];
      escribir(nodo, cuenta > 999 ? '999+' : cuenta ? String(cuenta) : '');
    }
  }

  // --- Estados con palabras

  #pintarEstado(cuantas) {
    const { cargando, hayMas, error, cargadaUnaVez } = this.#paginas;
    const esperando = !cargadaUnaVez && !error;
    this.#marco.dataset.estado = esperando ? 'cargando' : 'lista';
    const { texto, buscando, mensajes } = this.#buscador;
    const quedan = texto ? buscando || mensajes.length : hayMas && !error;
    const fallo = texto ? this.#buscador.error : error;
    const vacio = cuantas || esperando || quedan ? '' : this.#claseDeVacio(fallo);
    for (const nodo of this.#marco.querySelectorAll('[data-vacio]')) nodo.hidden = nodo.dataset.vacio !== vacio;
    if (vacio && fallo) escribir(this.#marco.querySelector(`[data-vacio="${vacio}"] [data-parte]`), fallo.message);
    escribir(elemento('lista-pie'), this.#palabrasDelPie({ cargando, hayMas, error, cuantas }));
  }

  #claseDeVacio(fallo) {
    if (this.#buscador.texto) return fallo ? 'sin_buscar' : 'busqueda';
    return fallo ? 'error' : this.#filtro;
  }

  #palabrasDelPie({ cargando, hayMas, error, cuantas }) {
    if (this.#buscador.texto) return this.#buscador.buscando ? 'Buscando…' : (cuantas && this.#buscador.error?.message) || '';
    if (error && cuantas > 0 && hayMas) return 'No se pudieron cargar más. Desliza para intentarlo de nuevo.';
    return cargando ? 'Cargando más conversaciones…' : '';
  }

  #accionVacia() {
    if (this.#buscador.error) this.#buscador.reintentar();
    else if (this.#busqueda) this.limpiarBusqueda();
    else if (this.#paginas.error) this.emitir('reintentar');
    else this.filtrar('todos');
  }

  // --- Búsqueda, filtros y páginas

  #alBuscar() {
    this.#busqueda = this.#buscar.value;
    this.#buscador.buscar(this.#busqueda);
    elemento('filtros').hidden = Boolean(this.#buscador.texto);
    elemento('buscar-limpiar').hidden = !this.#busqueda;
    this.#marco.scrollTop = 0;
    this.#pintar();
  }

  limpiarBusqueda() {
    this.#buscar.value = '';
    this.#alBuscar();
  }

  enfocarBusqueda() { this.#buscar.focus(); this.#buscar.select(); }

  filtrar(filtro) {
    elemento('filtros').querySelector(`[value="${filtro}"]`).checked = true;
    this.#filtro = filtro;
    this.pintar();
  }

  alternarNoLeidos() { this.filtrar(this.#filtro === 'no_leidos' ? 'todos' : 'no_leidos'); }

  #seguirSiHaceFalta(deslizando = false) {
    const { scrollTop, clientHeight, scrollHeight } = this.#marco;
    if (this.#busqueda || scrollHeight - scrollTop - clientHeight > ANTES_DEL_FINAL || !clientHeight) return;
    if (!this.#paginas.error) this.#paginas.siguiente();
    else if (deslizando && performance.now() - this.#paginas.falloEn > RESPIRO) this.#paginas.reintentar(); // no lo que queda del mismo gesto
  }

  // --- Teclado

  #teclaEnBusqueda(evento) {
    if (evento.key === 'Escape' && this.#busqueda) { evento.preventDefault(); this.limpiarBusqueda(); }
    if (evento.key !== 'ArrowDown' && evento.key !== 'Enter') return;
    evento.preventDefault();
    this.pintar(); // la primera es la de lo ya escrito, no la que se veía antes de la última letra
    this.#enfocar(0); // quien eligió deja de teclear aquí, aunque el chat tarde en abrirse
    if (evento.key === 'Enter') this.#elegir(this.#ventana.elementos[0]?.numero);
  }

  #mover(evento) {
    const saltos = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (!(evento.key in saltos) || evento.altKey) return;
    evento.preventDefault();
    const ultimo = this.#ventana.elementos.length - 1;
    const actual = this.#ventana.elementos.findIndex((c) => c.numero === this.#foco);
    this.#enfocar(Math.max(0, Math.min(ultimo, actual + saltos[evento.key])));
  }

  #enfocar(indice) { /** @type {HTMLElement|undefined} */ (this.#ventana.mostrar(indice)?.firstElementChild)?.focus({ preventScroll: true }); }

  /** Una sola fila recibe el tabulador: la enfocada, la abierta o la primera a la vista. */
  #repartirTabulador() {
    const botones = [...this.#lista.querySelectorAll('.fila-boton')];
    const elegido = botones.find((b) => b.dataset.numero === this.#foco) ?? botones.find((b) => b.dataset.numero === this.#activa) ?? botones[0];
    for (const boton of botones) boton.tabIndex = boton === elegido ? 0 : -1;
  }

  /** Abre la de al lado. */
  abrirVecina(salto) {
    const filas = this.#ventana.elementos;
    const actual = filas.findIndex((c) => c.numero === this.#activa);
    const vecina = filas[actual < 0 ? 0 : actual + salto];
    this.#elegir(vecina?.numero);
  }
}
