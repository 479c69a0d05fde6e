// Lo que se va a enviar, a pantalla del chat: verlo, escribirle un pie, quitar alguno y saber antes qué no se puede enviar.
import { ErrorApi } from '../api.js';
import { crearMiniatura, subidasDe } from '../subidas.js';
import { clonar, escribir, marcar, partes } from '../util/dom.js';
import { avisar } from './avisos.js';
import { confirmar } from './confirmar.js';

const MAXIMO = 30;
const NOMBRES = { image: 'una imagen', video: 'un video', audio: 'un audio', sticker: 'un sticker', document: 'un documento' };
const SIN_PIE = new Set(['audio', 'sticker']);
/** Lo que WhatsApp muestra como foto, video o audio; lo demás viaja como documento. */
const TIPO_DE = {
  'image/jpeg': 'image', 'image/png': 'image', 'video/mp4': 'video', 'video/3gpp': 'video', 'audio/ogg': 'audio', 'audio/mpeg': 'audio', 'audio/mp4': 'audio',
  'audio/x-m4a': 'audio', 'audio/aac': 'audio', 'audio/amr': 'audio',
};

let vista = null;
/** @param {string} elegidos el chat donde se eligieron: esto pudo llegar después */
export function mostrarVistaPrevia(piezas, archivos, clase, elegidos) { (vista ??= new VistaPrevia(piezas)).anadir(archivos, clase, elegidos); }

class VistaPrevia {
  #piezas; #numero = ''; #fichas = []; #actual = null; #limites = {};
  #dialogo = /** @type {HTMLDialogElement} */ (clonar('t-vista-previa')); #p = partes(this.#dialogo);

  constructor(piezas) {
    this.#piezas = piezas;
    document.body.append(this.#dialogo);
    this.#p.cerrar.addEventListener('click', () => this.#cancelar());
    this.#p.pie.addEventListener('input', () => { this.#actual.pie = this.#p.pie.value; });
    this.#p.enviar.addEventListener('click', () => this.#enviar());
    this.#p.documento.addEventListener('click', () => { this.#actual.clase = 'document'; this.#evaluar(this.#actual); this.#pintar(); this.#p.pie.focus(); });
    this.#p.mas.addEventListener('click', () => this.#p.entrada.click());
    this.#p.entrada.addEventListener('change', () => { this.anadir([...this.#p.entrada.files], 'auto'); this.#p.entrada.value = ''; });
    this.#p.tira.addEventListener('click', (e) => this.#alTocar(e.target));
    this.#p.tira.addEventListener('keydown', (e) => { if (e.key === 'Delete') { e.preventDefault(); this.#quitar(this.#fichaDe(e.target)); } });
    this.#dialogo.addEventListener('keydown', (e) => this.#alPulsar(e));
    this.#dialogo.addEventListener('cancel', (e) => { e.preventDefault(); this.#cancelar(); });
    // El navegador también la cierra sin preguntar: lo de este chat no puede salir al abrir otro.
    this.#dialogo.addEventListener('close', () => { if (!this.#dialogo.open && this.#fichas.length) this.#descartar(); });
  }

  /** Con la vista abierta se suman a los que ya estaban. */
  async anadir(archivos, clase, elegidos = this.#numero) {
    const numero = this.#dialogo.open ? this.#numero : elegidos;
    await this.#pedirLimites();
    if (numero !== (this.#dialogo.open ? this.#numero : this.#piezas.abierto())) { avisar('Cambiaste de chat: los archivos no se adjuntaron.'); return; }
    if (!this.#dialogo.open) {
      this.#numero = numero;
      escribir(this.#p.titulo, `Enviar a ${this.#piezas.store.conversacion(numero)?.nombre ?? numero}`);
      this.#dialogo.showModal();
    }
    const caben = archivos.slice(0, MAXIMO - this.#fichas.length);
    if (caben.length < archivos.length) avisar(`Se pueden enviar hasta ${MAXIMO} archivos a la vez.`);
    if (!caben.length) return;
    for (const archivo of caben) {
      const ficha = { archivo, nombre: archivo.name || 'archivo', clase, tipo: '', pie: '', queja: '', url: URL.createObjectURL(archivo) };
      this.#evaluar(ficha);
      this.#fichas.push(ficha);
    }
    this.#mirar(this.#fichas[this.#fichas.length - caben.length]);
  }

  /** Sin ellos decide el servidor, que los revisa siempre. */
  async #pedirLimites() {
    try {
      this.#limites = (await this.#piezas.api.pedir('/api/limites-archivo')).limits;
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
    }
  }

  #evaluar(ficha) {
    const { archivo: { size, type }, clase } = ficha;
    ficha.tipo = clase === 'auto' ? TIPO_DE[type.split(';')[0]] ?? 'document' : clase;
    const tope = this.#limites[ficha.tipo] ?? Infinity;
    ficha.queja = '';
    if (!size) ficha.queja = 'Está vacío: no hay nada que enviar.';
    else if (clase === 'sticker' && type !== 'image/webp') ficha.queja = 'Un sticker debe ser una imagen WebP.';
    else if (size > tope) ficha.queja = `Pesa ${peso(size)} y ${NOMBRES[ficha.tipo]} puede pesar hasta ${peso(tope)}.`;
  }

  #mirar(ficha) {
    this.#actual = ficha;
    const visual = crearVista(ficha);
    this.#p.centro.replaceChildren(visual);
    this.#p.pie.value = ficha.pie;
    this.#pintar();
    this.#p.pie.focus();
  }

  #pintar() {
    const { nombre, archivo, tipo, clase, queja } = this.#actual;
    escribir(this.#p.nombre, nombre);
    const comoDocumento = tipo === 'document' && clase === 'auto' && /^(image|video|audio)\//.test(archivo.type);
    escribir(this.#p.detalle, `${peso(archivo.size)}${comoDocumento ? ' · Se enviará como documento' : ''}`);
    escribir(this.#p.queja, queja);
    this.#p.documento.hidden = !queja || !archivo.size || tipo === 'document' || archivo.size > (this.#limites.document ?? Infinity);
    this.#p.pie.disabled = SIN_PIE.has(tipo);
    this.#p.pie.placeholder = SIN_PIE.has(tipo) ? `${NOMBRES[tipo].replace(/^u/, 'U')} no lleva texto` : 'Escribe un pie';
    this.#p.tira.replaceChildren(...this.#fichas.map((ficha) => this.#crearTira(ficha)), this.#p.mas.parentElement);
    const buenas = this.#fichas.filter((f) => !f.queja).length;
    this.#p.enviar.disabled = !buenas;
    this.#p.enviar.setAttribute('aria-label', buenas === 1 ? 'Enviar 1 archivo' : `Enviar ${buenas} archivos`);
    escribir(this.#p.cuenta, buenas > 1 ? String(buenas) : '');
  }

  #crearTira(ficha) {
    const nodo = clonar('t-tira');
    const p = partes(nodo);
    p.ver.append(crearMiniatura(ficha));
    p.ver.setAttribute('aria-label', ficha.nombre + (ficha.queja ? `: no se puede enviar. ${ficha.queja}` : ''));
    p.ver.setAttribute('aria-pressed', String(ficha === this.#actual));
    p.quitar.setAttribute('aria-label', `Quitar ${ficha.nombre}`);
    marcar(nodo, 'mala', Boolean(ficha.queja));
    return nodo;
  }

  #fichaDe(objetivo) { return this.#fichas[[...this.#p.tira.children].indexOf(objetivo.closest('li'))]; }

  #alTocar(objetivo) {
    const ficha = objetivo.closest('button') && this.#fichaDe(objetivo);
    if (!ficha) return;
    if (objetivo.closest('[data-parte="quitar"]')) this.#quitar(ficha);
    else this.#mirar(ficha);
  }

  #quitar(ficha) {
    if (!ficha) return;
    const lugar = this.#fichas.indexOf(ficha);
    this.#fichas.splice(lugar, 1);
    URL.revokeObjectURL(ficha.url);
    if (!this.#fichas.length) this.#cerrar();
    else this.#mirar(ficha === this.#actual ? this.#fichas[Math.min(lugar, this.#fichas.length - 1)] : this.#actual);
  }

  /** Esc pregunta si hay algo escrito. Enter en el pie envía; con Mayús hace una línea. */
  #alPulsar(evento) {
    if (evento.key === 'Escape') { evento.preventDefault(); this.#cancelar(); }
    if (evento.key !== 'Enter' || evento.shiftKey || evento.isComposing || evento.target !== this.#p.pie) return;
    evento.preventDefault();
    if (!this.#p.enviar.disabled) this.#enviar();
  }

  async #cancelar() {
    const escrito = this.#fichas.some((f) => f.pie.trim());
    if (escrito && !(await confirmar('¿Descartar los archivos?', 'Se pierde el texto que les escribiste.', 'Descartar'))) { this.#p.pie.focus(); return; }
    this.#descartar();
  }

  #descartar() {
    for (const ficha of this.#fichas) URL.revokeObjectURL(ficha.url);
    this.#cerrar();
  }

  #enviar() {
    const { frena, tomarCita, abierto, registro } = this.#piezas;
    if (frena(() => this.#enviar())) return;
    const buenas = this.#fichas.filter((f) => !f.queja);
    const malas = this.#fichas.filter((f) => f.queja);
    for (const ficha of buenas) ficha.pie = SIN_PIE.has(ficha.tipo) ? '' : ficha.pie.trim();
    for (const ficha of malas) URL.revokeObjectURL(ficha.url);
    const aqui = abierto() === this.#numero;
    this.#cerrar();
    subidasDe(this.#piezas).enviar(this.#numero, buenas, aqui ? tomarCita() : null);
    if (aqui) registro.irAlFinal();
    if (malas.length) avisar(`No se ${malas.length === 1 ? 'envió' : 'enviaron'}: ${malas.map((f) => f.nombre).join(', ')}.`, { urgente: true });
  }

  /** El foco vuelve al cuadro de escribir: quien lo abrió pudo ser un menú que ya no está. */
  #cerrar() {
    this.#fichas = [];
    this.#p.centro.replaceChildren();
    this.#dialogo.close();
    this.#piezas.redactor.enfocar();
  }
}

function crearVista(ficha) {
  if (ficha.tipo !== 'video' && ficha.tipo !== 'audio') return crearMiniatura(ficha);
  const nodo = document.createElement(ficha.tipo);
  Object.assign(nodo, { src: ficha.url, controls: true });
  return nodo;
}

/** Con la misma cuenta que usa el servidor al decir sus topes. */
function peso(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toLocaleString('es-CO', { maximumFractionDigits: 1 })} MB`;
}
