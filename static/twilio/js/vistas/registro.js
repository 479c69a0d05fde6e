// El desplazable de mensajes: qué tramo está en la página, la posición de lectura que no salta y el botón al último.
// No pide nada: cuando se acaba lo cargado, avisa con «faltan-anteriores», «faltan-siguientes» o «falta-final».
import { alProximoCuadro, clonar, elemento, escribir } from '../util/dom.js';
import { Emisor } from '../util/emisor.js';
import { claveDia, diaCompleto } from '../util/tiempo.js';
import { pintarBurbuja } from './burbuja.js';

const INICIAL = 60;
const TRAMO = 50;
const MAXIMO = 260;
const CERCA = 900;
const PEGADO = 48;
const LEJOS = 240;
const TRAS_LA_LISTA = 200;

export class Registro extends Emisor {
  #caja = elemento('registro'); #hoja = elemento('mensajes'); #boton = elemento('al-final'); #cuenta = elemento('al-final-cuenta');
  #store; #numero = null; #desde = null; #hasta = null; #noLeidos = null; #nuevos = 0; #pegado = true; #alto = 0;
  #nodos = new Map(); #pintados = new Map(); #posiciones = new Map(); #enteros = new Set(); #pedirPintado; #pedirRevision;

  constructor({ store }) {
    super();
    this.#store = store;
    this.#pedirPintado = alProximoCuadro(() => { this.pintar(); this.revisar(); });
    this.#pedirRevision = alProximoCuadro(() => this.revisar());
    this.#caja.addEventListener('scroll', this.#pedirRevision, { passive: true });
    this.#boton.addEventListener('click', () => { this.irAlFinal(); this.#caja.focus({ preventScroll: true }); });
    this.#hoja.addEventListener('click', (e) => { if (e.target.closest('[data-accion="leer-mas"]')) this.#alargar(e.target.closest('.mensaje')); });
    new ResizeObserver(() => { if (this.#pegado) this.#bajar(); }).observe(this.#caja);
    store.oir('mensajes', (numero) => { if (numero === this.#numero) this.#pedirPintado(); });
    store.oir('llegada', (d) => this.#alLlegar(d.mensaje));
    setTimeout(() => diaCompleto(new Date()), TRAS_LA_LISTA); // arma su formato antes del primer chat, que no lo espere
  }

  get #historia() { return this.#store.historia(this.#numero); }

  // --- Abrir y cerrar

  abrir(numero) {
    this.#guardarPosicion();
    this.#numero = numero;
    this.#desde = null;
    this.#hasta = null;
    this.#noLeidos = null;
    this.#nuevos = 0;
    this.#pegado = true;
    this.#nodos.clear();
    this.#pintados.clear();
    this.#hoja.replaceChildren();
    this.#revisarBoton();
  }

  /** Primer pintado de un chat: en lo no leído, donde se estaba, o al final. */
  mostrar(sinLeer) {
    this.#ponerLinea(this.#historia.enVivo ? sinLeer : 0);
    const guardada = sinLeer ? null : this.#posiciones.get(this.#numero);
    const sigue = guardada && this.#historia.obtener(guardada.clave);
    if (sigue) { this.#centrarTramo(guardada.clave); this.#pegado = false; }
    this.pintar();
    if (sigue) this.#restaurar(guardada);
    else if (this.#noLeidos) this.#irANoLeidos();
    this.revisar();
  }

  #guardarPosicion() {
    if (!this.#numero) return;
    const ancla = this.#pegado ? null : this.#tomarAncla();
    if (ancla) this.#posiciones.set(this.#numero, ancla);
    else this.#posiciones.delete(this.#numero);
  }

  /** @param {number} sinLeer cuántos entraron sin que nadie los viera */
  #ponerLinea(sinLeer) {
    if (!sinLeer) return;
    const todos = this.#historia.mensajes;
    const entrantes = todos.filter((m) => !m.propio);
    this.#noLeidos = { clave: entrantes.at(-Math.min(sinLeer, entrantes.length))?.clave, cuenta: sinLeer };
    this.#desde = null;
    const indice = this.#indice(this.#noLeidos.clave);
    if (indice < 0) return;
    this.#desde = todos[Math.max(0, indice - 20)].clave;
    this.#hasta = todos[indice + INICIAL]?.clave ?? null; // lo demás, al acercarse
  }

  quitarLinea() {
    this.#noLeidos = null;
    this.#pedirPintado();
  }

  #irANoLeidos() {
    const linea = this.#hoja.querySelector('.no-leidos');
    if (!linea) return;
    this.#caja.scrollTop += linea.getBoundingClientRect().top - this.#caja.getBoundingClientRect().top - 70;
    this.#pegado = this.#distanciaAlFinal() < PEGADO;
  }

  // --- Pintar

  pintar() {
    if (!this.#numero) return;
    const todos = this.#historia.mensajes;
    const [desde, hasta] = this.#rango(todos);
    const ancla = this.#pegado && this.#hasta === null ? null : this.#tomarAncla();
    this.#ponerNodos(this.#deseados(todos, desde, hasta));
    this.#desde = todos[desde]?.clave ?? null;
    if (ancla) this.#restaurar(ancla);
    else this.#bajar();
    this.#revisarBoton();
  }

  #rango(todos) {
    const fin = this.#hasta === null ? -1 : todos.findIndex((m) => m.clave === this.#hasta);
    if (fin < 0) this.#hasta = null;
    const hasta = fin < 0 ? todos.length : fin + 1;
    const inicio = this.#desde === null ? -1 : todos.findIndex((m) => m.clave === this.#desde);
    const holgado = this.#pegado && this.#hasta === null && hasta - inicio > MAXIMO;
    const desde = inicio < 0 || holgado ? Math.max(0, hasta - INICIAL) : inicio;
    return [Math.min(desde, hasta), hasta];
  }

  /** Los nodos que tienen que estar, en orden. */
  #deseados(todos, desde, hasta) {
    const nodos = [];
    const vivos = new Map();
    const guardar = (clave, nodo) => { vivos.set(clave, nodo); nodos.push(nodo); };
    for (let i = desde; i < hasta; i += 1) {
      const mensaje = todos[i];
      const dia = claveDia(mensaje.fecha);
      const otroDia = dia !== claveDia(todos[i - 1]?.fecha ?? null);
      const linea = this.#noLeidos?.clave === mensaje.clave;
      if (otroDia) guardar(`d${dia}`, this.#separador(`d${dia}`, 't-dia', diaCompleto(mensaje.fecha)));
      if (linea) guardar('n', this.#separador('n', 't-no-leidos', this.#palabrasLinea()));
      guardar(mensaje.clave, this.#burbuja(mensaje, otroDia || linea || todos[i - 1]?.propio !== mensaje.propio));
    }
    this.#nodos = vivos;
    return nodos;
  }

  #palabrasLinea() { return this.#noLeidos.cuenta === 1 ? '1 mensaje no leído' : `${this.#noLeidos.cuenta} mensajes no leídos`; }

  #separador(clave, plantilla, palabras) {
    const nodo = this.#nodos.get(clave) ?? clonar(plantilla);
    escribir(nodo.firstElementChild, palabras);
    nodo.setAttribute('aria-label', palabras);
    return nodo;
  }

  #burbuja(mensaje, primero) {
    const contacto = this.#store.conversacion(this.#numero)?.nombre ?? '';
    const antes = this.#pintados.get(mensaje.clave);
    const nodo = this.#nodos.get(mensaje.clave);
    const entero = this.#enteros.has(mensaje.clave);
    if (nodo && antes?.mensaje === mensaje && antes.primero === primero && antes.contacto === contacto && antes.entero === entero) return nodo;
    this.#pintados.set(mensaje.clave, { mensaje, primero, contacto, entero });
    return pintarBurbuja(mensaje, { primero, contacto, entero, agente: this.#store.agente }, nodo);
  }

  /** «Leer más»: crece hacia abajo sin mover lo que se lee. */
  #alargar(nodo) {
    this.#enteros.add(nodo.dataset.clave);
    this.#pegado = false;
    this.pintar();
    this.revisar();
  }

  #ponerNodos(deseados) {
    const quedan = new Set(deseados);
    for (const nodo of [...this.#hoja.children]) if (!quedan.has(nodo)) nodo.remove();
    let sitio = this.#hoja.firstChild;
    for (const nodo of deseados) {
      if (nodo === sitio) sitio = sitio.nextSibling;
      else this.#hoja.insertBefore(nodo, sitio);
    }
  }

  // --- La posición de lectura

  #distanciaAlFinal() { return this.#caja.scrollHeight - this.#caja.scrollTop - this.#caja.clientHeight; }
  #bajar() { this.#caja.scrollTop = this.#caja.scrollHeight; }

  /** El primer mensaje a la vista y a qué altura está. */
  #tomarAncla() {
    const techo = this.#caja.getBoundingClientRect().top;
    for (const nodo of this.#hoja.children) {
      const { top, bottom } = nodo.getBoundingClientRect();
      if (bottom > techo && nodo.dataset.clave) return { clave: nodo.dataset.clave, altura: top - techo };
    }
    return null;
  }

  #restaurar({ clave, altura }) {
    const nodo = this.#nodos.get(clave);
    if (!nodo) return;
    const diferencia = nodo.getBoundingClientRect().top - this.#caja.getBoundingClientRect().top - altura;
    if (Math.abs(diferencia) >= 1) this.#caja.scrollTop += diferencia;
  }

  /** Tras moverse o crecer: ¿se está al final?, ¿falta tramo arriba o abajo? */
  revisar() {
    if (!this.#numero || !this.#hoja.childElementCount) return;
    const { enVivo, ultimo } = this.#historia;
    if (this.#pegado && this.#caja.clientHeight !== this.#alto) this.#bajar(); // creció el cuadro de escribir o salió el teclado
    this.#alto = this.#caja.clientHeight;
    this.#pegado = enVivo && this.#hasta === null && this.#distanciaAlFinal() < PEGADO;
    if (this.#pegado) this.#nuevos = 0;
    if (!enVivo && this.#hasta === null && this.#distanciaAlFinal() < CERCA) {
      this.#hasta = ultimo.clave;
      this.emitir('faltan-siguientes');
    }
    if (this.#caja.scrollTop < CERCA) this.#crecerArriba();
    else if (this.#hasta !== null && this.#distanciaAlFinal() < CERCA) this.#crecerAbajo();
    this.#revisarBoton();
  }

  #indice(clave) { return this.#historia.mensajes.findIndex((m) => m.clave === clave); }

  #crecerArriba() {
    const todos = this.#historia.mensajes;
    const desde = this.#indice(this.#desde);
    if (desde <= 0) {
      if (this.#historia.hayMas) this.emitir('faltan-anteriores');
      return;
    }
    const nuevo = Math.max(0, desde - TRAMO);
    const fin = this.#hasta === null ? todos.length : this.#indice(this.#hasta) + 1;
    this.#desde = todos[nuevo].clave;
    if (fin - nuevo > MAXIMO) { this.#hasta = todos[nuevo + MAXIMO - 1].clave; this.#pegado = false; }
    this.pintar();
  }

  #crecerAbajo() {
    const todos = this.#historia.mensajes;
    const fin = Math.min(todos.length, this.#indice(this.#hasta) + 1 + TRAMO);
    this.#hasta = fin === todos.length ? null : todos[fin - 1].clave;
    const desde = Math.max(this.#indice(this.#desde), fin - MAXIMO);
    this.#desde = todos[desde].clave;
    this.#pegado = false;
    this.pintar();
  }

  #centrarTramo(clave) {
    const todos = this.#historia.mensajes;
    const centro = this.#indice(clave);
    this.#desde = todos[Math.max(0, centro - TRAMO)].clave;
    this.#hasta = centro + INICIAL >= todos.length ? null : todos[centro + INICIAL].clave;
  }

  // --- Lo último

  #alLlegar(mensaje) {
    if (mensaje.numero !== this.#numero || mensaje.propio) return;
    if (!this.#pegado) this.#nuevos += 1;
    if (document.hidden && !this.#noLeidos) this.#noLeidos = { clave: mensaje.clave, cuenta: 1 };
    else if (document.hidden && this.#noLeidos) this.#noLeidos.cuenta += 1;
    this.#revisarBoton();
  }

  #revisarBoton() {
    const lejos = Boolean(this.#numero) && (this.#hasta !== null || !this.#historia.enVivo || this.#distanciaAlFinal() > LEJOS || (this.#nuevos > 0 && !this.#pegado));
    this.#boton.hidden = !lejos;
    this.#cuenta.hidden = this.#nuevos === 0;
    escribir(this.#cuenta, String(this.#nuevos));
  }

  irAlFinal() {
    if (!this.#historia.enVivo) { this.emitir('falta-final'); return; }
    this.#hasta = null;
    this.#desde = null;
    this.#pegado = true;
    this.#nuevos = 0;
    this.pintar();
  }

  /** Lleva a un mensaje cargado, lo señala y lo devuelve. @param {string} clave @param {boolean} [entero] sin «Leer más» */
  irA(clave, entero = false) {
    if (entero) this.#enteros.add(clave);
    if (!this.#nodos.has(clave)) this.#centrarTramo(clave);
    this.#pegado = false;
    this.pintar();
    const nodo = this.#nodos.get(clave);
    nodo.scrollIntoView({ block: 'center' });
    nodo.dataset.destacado = '';
    setTimeout(() => delete nodo.dataset.destacado, 1700);
    return nodo;
  }
}
