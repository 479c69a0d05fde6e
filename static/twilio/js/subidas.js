// Subir archivos: uno detrás de otro por chat, con su avance en la burbuja, que se puede cancelar. Lo que no llegó se
// vuelve a mandar con el mismo identificador; cambiar de chat no lo toca.
import { BASE, ErrorApi, errorDe } from './api.js';
import { clonar, escribir, identificador, partes, ponerIcono } from './util/dom.js';
import { TIPOS } from './util/tipos.js';

const ATASCO = 60_000;
const PROCESAR = 150_000;
const SIN_RED = 'No salió: se perdió la conexión. Revisa tu internet.';

/** @typedef {{archivo: Blob, nombre: string, clase: string, tipo: string, pie: string, url: string}} Ficha */

let unica = null;
/** La misma para todos: las colas y lo que está en camino son de toda la pantalla. @param {Piezas} piezas @returns {Subidas} */
export const subidasDe = (piezas) => (unica ??= new Subidas(piezas));

class Subidas {
  #api; #store; #envios; #colas = new Map(); #vivas = new Map();

  /** @param {Piezas} piezas */
  constructor({ api, store, envios }) {
    this.#api = api;
    this.#store = store;
    this.#envios = envios;
    envios.oir('resubir', (mensaje) => this.#encolar(this.#vivas.get(mensaje.clienteId)));
    envios.oir('retirado', (mensaje) => this.#soltar(this.#vivas.get(mensaje.clienteId)));
    store.oir('quitada', (numero) => { for (const envio of this.#vivas.values()) if (envio.numero === numero && !envio.enCurso) this.#devolver(envio); });
    addEventListener('beforeunload', (e) => { if ([...this.#vivas.values()].some((envio) => envio.enCurso)) e.preventDefault(); });
  }

  /** Las burbujas aparecen ya; la cita va con la primera. @param {string} numero @param {Ficha[]} fichas */
  enviar(numero, fichas, citado = null) {
    fichas.forEach((ficha, i) => {
      const fecha = new Date().toISOString().replace('Z', '+00:00');
      const envio = { ...ficha, numero, contacto: this.#store.conversacion(numero)?.nombre, texto: ficha.pie, clienteId: identificador(), fecha, citado: i ? null : citado, local: null };
      envio.local = { nodo: crearNodo(envio, () => this.#cancelar(envio)) };
      this.#vivas.set(envio.clienteId, envio);
      this.#store.ponerPropio(envio);
      this.#encolar(envio);
    });
  }

  #encolar(envio) {
    if (!envio) return;
    envio.enCurso = true;
    pintarAvance(envio, 0, 'En espera…');
    const anterior = this.#colas.get(envio.numero) ?? Promise.resolve();
    this.#colas.set(envio.numero, anterior.then(() => this.#mandar(envio)).catch((error) => console.error(error))); // un tropiezo no detiene a los que siguen
  }

  async #mandar(envio) {
    if (!this.#vivas.has(envio.clienteId)) return; // se canceló mientras esperaba
    try {
      const { message } = await subir(envio);
      this.#store.guardarMensaje(message, envio.numero);
      this.#soltar(envio);
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      this.#alFallar(envio, error);
    }
  }

  #alFallar(envio, error) {
    envio.enCurso = false;
    if (error.abortado) return;
    if (error.estado === 401) this.#api.pedir('/api/limites-archivo').catch(() => { /* lleva a la entrada */ });
    if (error.datos?.message) {
      this.#store.guardarMensaje(error.datos.message, envio.numero);
      this.#soltar(envio);
      return;
    }
    const mensaje = this.#store.historia(envio.numero).obtener(`c${envio.clienteId}`);
    if (mensaje && mensaje.seq !== null) { this.#soltar(envio); return; } // el servidor sí lo tiene: él dirá cómo quedó
    if (!mensaje || error.estado === 403) this.#devolver(envio);
    pintarAvance(envio, null, '');
    this.#store.cambiarMensaje(envio.numero, `c${envio.clienteId}`, { estado: 'failed', error: error.sinRed ? SIN_RED : error.message });
  }

  #cancelar(envio) {
    this.#soltar(envio);
    this.#store.quitarMensaje(envio.numero, `c${envio.clienteId}`);
    envio.pedido?.abort();
  }

  /** El chat ya no es de este agente y su burbuja se fue con él: se dice qué no salió. */
  #devolver(envio) {
    this.#soltar(envio);
    this.#envios.emitir('devuelto', { ...envio, texto: envio.pie || envio.nombre });
  }

  #soltar(envio) {
    if (!envio) return;
    envio.enCurso = false;
    this.#vivas.delete(envio.clienteId);
    URL.revokeObjectURL(envio.url);
  }
}

/** @returns {Promise<any>} lo que contestó el servidor; su fallo es un ErrorApi */
function subir(envio) {
  const formulario = new FormData();
  const campos = { kind: envio.clase, caption: envio.pie, client_id: envio.clienteId, quoted_id: envio.citado?.id ?? '' };
  for (const [nombre, valor] of Object.entries(campos)) formulario.append(nombre, valor);
  formulario.append('file', envio.archivo, envio.nombre);
  return new Promise((cumplir, fallar) => {
    const pedido = envio.pedido = new XMLHttpRequest();
    let atascado = false;
    let reloj = 0;
    const vigilar = (plazo) => { clearTimeout(reloj); reloj = setTimeout(() => { atascado = true; pedido.abort(); }, plazo); };
    pedido.upload.addEventListener('progress', (e) => {
      vigilar(ATASCO);
      pintarAvance(envio, e.loaded / e.total, `Subiendo… ${Math.floor(100 * e.loaded / e.total)} %`);
    });
    pedido.upload.addEventListener('load', () => { vigilar(PROCESAR); pintarAvance(envio, 1, 'Enviando a WhatsApp…'); });
    pedido.addEventListener('load', () => {
      const datos = leerJson(pedido.responseText);
      if (pedido.status === 200 && datos) cumplir(datos);
      else fallar(errorDe({ status: pedido.status, headers: new Headers() }, datos));
    });
    pedido.addEventListener('error', () => fallar(new ErrorApi(SIN_RED)));
    pedido.addEventListener('abort', () => fallar(new ErrorApi(SIN_RED, { abortado: !atascado })));
    pedido.addEventListener('loadend', () => clearTimeout(reloj));
    pedido.open('POST', `${BASE}/api/enviar-archivo/${encodeURIComponent(envio.numero)}`);
    pedido.send(formulario);
    vigilar(ATASCO);
    pintarAvance(envio, 0, 'Subiendo…');
  });
}

function leerJson(texto) { try { return JSON.parse(texto); } catch { return null; } }

/** Lo que la burbuja enseña mientras no llega lo del servidor: la imagen de aquí, o su ficha, y cómo va. */
function crearNodo(envio, cancelar) {
  const nodo = clonar('t-subida');
  const p = partes(nodo);
  p.vista.append(crearMiniatura(envio));
  p.barra.setAttribute('aria-label', `Subiendo ${envio.nombre}`);
  p.cancelar.setAttribute('aria-label', `Cancelar el envío de ${envio.nombre}`);
  p.cancelar.addEventListener('click', cancelar);
  return nodo;
}

/** Una imagen o un video de este equipo; lo que no se puede ver, con su dibujo y su nombre. @param {{tipo: string, url: string, nombre: string}} ficha */
export function crearMiniatura({ tipo, url, nombre }) {
  const visual = tipo === 'video' ? document.createElement('video') : new Image();
  const deImagen = tipo === 'image' || tipo === 'sticker' || tipo === 'video';
  const ficha = clonar('t-ficha-archivo');
  ponerIcono(ficha.firstElementChild, TIPOS[tipo][0]);
  escribir(ficha.lastElementChild, nombre);
  if (!deImagen) return ficha;
  if (visual instanceof HTMLVideoElement) Object.assign(visual, { muted: true, preload: 'metadata', playsInline: true });
  else visual.alt = '';
  visual.addEventListener('error', () => visual.replaceWith(ficha), { once: true });
  visual.src = url;
  return visual;
}

/** @param {number|null} parte null = ya no sube */
function pintarAvance(envio, parte, palabras) {
  const p = partes(envio.local.nodo);
  p.estado.hidden = parte === null;
  p.barra.value = parte ?? 0;
  escribir(p.palabras, palabras);
  p.cancelar.hidden = parte === 1;
}
