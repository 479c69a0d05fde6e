// Una burbuja: texto, cita, adjunto, hora, palomas y, si falló, por qué. Recibe todo resuelto y solo pinta.
import { clonar, escribir, marcar, partes, ponerIcono } from '../util/dom.js';
import { formatear, soloEmojis } from '../util/texto.js';
import { horaCorta, momentoCompleto } from '../util/tiempo.js';
import { adjunto, previa } from '../util/tipos.js';
import { pintarPalomas } from './fila.js';

/** @typedef {import('../mensajes.js').Mensaje} Mensaje */
/** @typedef {{primero: boolean, contacto: string, agente: string}} Contexto */

const deBurbuja = new WeakMap();
const FALLO = 'No se pudo enviar.';
const DUDA = 'No sabemos si le llegó. Reintentar podría repetirlo.';
const ESPERA = 'Saldrá solo cuando vuelva la conexión.';

/** Pinta en `nodo`, o en una burbuja nueva. @param {Mensaje} mensaje @param {Contexto} contexto @param {HTMLElement} [nodo] */
export function pintarBurbuja(mensaje, contexto, nodo = clonar('t-mensaje')) {
  if (!deBurbuja.has(nodo)) deBurbuja.set(nodo, partes(nodo));
  const p = deBurbuja.get(nodo);
  nodo.dataset.clave = mensaje.clave;
  marcar(nodo, 'propio', mensaje.propio);
  marcar(nodo, 'primero', contexto.primero);
  marcar(nodo, 'desdeTelefono', mensaje.origen === 'phone');
  nodo.setAttribute('aria-label', `${mensaje.propio ? 'Mensaje tuyo' : `Mensaje de ${contexto.contacto}`}, ${horaCorta(mensaje.fecha)}`);
  pintarAutor(p.autor, mensaje, contexto);
  pintarCita(p, mensaje, contexto);
  pintarAdjunto(p, mensaje);
  pintarTexto(p.texto, mensaje);
  pintarMeta(p, mensaje);
  pintarFallo(p, mensaje);
  return nodo;
}

/** Si respondió otro agente, se dice quién. */
function pintarAutor(nodo, mensaje, { primero, agente }) {
  const ajeno = mensaje.propio && mensaje.agente && mensaje.agente !== agente;
  nodo.hidden = !(ajeno && primero);
  if (!nodo.hidden) escribir(nodo, mensaje.agenteNombre || mensaje.agente);
}

function pintarCita(p, { citado }, { contacto }) {
  p.cita.hidden = !citado;
  if (!citado) return;
  p.cita.dataset.id = citado.id;
  escribir(p['cita-autor'], citado.propio ? 'Tú' : contacto);
  escribir(p['cita-texto'], previa(citado) || 'Mensaje');
}

function pintarAdjunto(p, { tipo, texto, mediaUrl }) {
  const dibujo = adjunto(tipo, texto);
  p.adjunto.hidden = !dibujo;
  if (!dibujo) return;
  ponerIcono(p.adjunto.querySelector('svg'), dibujo[0]);
  escribir(p['adjunto-texto'], dibujo[1]);
  const enlace = p['adjunto-enlace'];
  enlace.hidden = !/^https?:\/\//i.test(mediaUrl ?? '');
  if (!enlace.hidden) enlace.href = mediaUrl;
}

function pintarTexto(nodo, { texto }) {
  if (nodo.dataset.puesto === texto) return;
  nodo.dataset.puesto = texto;
  nodo.replaceChildren(formatear(texto));
  const emojis = soloEmojis(texto);
  marcar(nodo, 'emoji', emojis ? String(emojis) : null);
}

function pintarMeta(p, { propio, fecha, estado, origen }) {
  escribir(p.hora, horaCorta(fecha));
  p.hora.dateTime = fecha;
  p.hora.title = momentoCompleto(fecha);
  p.origen.hidden = origen !== 'phone';
  p.palomas.hidden = !propio;
  if (propio) pintarPalomas(p.palomas.firstElementChild, estado);
}

function pintarFallo(p, { estado, error, seq, enEspera, propio }) {
  const fallo = propio && (estado === 'failed' || estado === 'unknown');
  p.fallo.hidden = !fallo && !enEspera;
  marcar(p.fallo, 'espera', enEspera && !fallo);
  if (p.fallo.hidden) return;
  escribir(p.motivo, fallo ? palabrasDeFallo(estado, error) : ESPERA);
  p.fallo.querySelector('[data-accion="reintentar"]').hidden = !fallo;
  p.editar.hidden = seq !== null;
}

function palabrasDeFallo(estado, error) {
  if (estado === 'unknown') return error ? `${error} ${DUDA}` : DUDA;
  return error || FALLO;
}
