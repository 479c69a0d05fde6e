// Una fila de la lista de conversaciones; recibe todo resuelto y solo pinta.
import { clonar, escribir, marcar, partes, ponerIcono } from '../util/dom.js';
import { iniciales, tono } from '../util/numero.js';
import { fechaLista } from '../util/tiempo.js';
import { ESTADOS, adjunto, previa } from '../util/tipos.js';

/** @typedef {import('../store.js').Conversacion & {activa: boolean, visible: number, borrador: string}} Fila */

const deFila = new WeakMap();

/** Pinta en `fila`, o en una nueva. @param {Fila} datos @param {HTMLElement} [fila] @returns {HTMLElement} */
export function pintarFila(datos, fila = clonar('t-fila')) {
  if (!deFila.has(fila)) deFila.set(fila, partes(fila));
  const p = deFila.get(fila);
  const boton = /** @type {HTMLElement} */ (fila.firstElementChild);
  boton.dataset.numero = datos.numero;
  if (datos.activa) boton.setAttribute('aria-current', 'true');
  else boton.removeAttribute('aria-current');
  marcar(boton, 'sinLeer', datos.visible > 0);
  pintarAvatar(p.avatar, datos);
  escribir(p.nombre, datos.nombre);
  escribir(p.hora, fechaLista(datos.ultimo.fecha));
  pintarVista(p, datos);
  p['sin-leer'].hidden = datos.visible === 0;
  escribir(p['sin-leer-cuenta'], datos.visible > 999 ? '999+' : String(datos.visible));
  return fila;
}

function pintarVista(p, { ultimo, borrador }) {
  const dibujo = borrador ? null : adjunto(ultimo.tipo, ultimo.texto);
  const conPalomas = !borrador && ultimo.propio && Boolean(ultimo.fecha);
  p.palomas.hidden = !conPalomas;
  if (conPalomas) pintarPalomas(p.palomas.firstElementChild, ultimo.estado);
  escribir(p.quien, borrador ? 'Borrador: ' : ultimo.propio && ultimo.fecha ? 'Tú: ' : '');
  marcar(p.quien, 'borrador', Boolean(borrador));
  p.tipo.toggleAttribute('hidden', !dibujo);
  if (dibujo) ponerIcono(p.tipo, dibujo[0]);
  escribir(p.vista, borrador ? previa({ texto: borrador, tipo: 'text' }) : previa(ultimo));
}

/** @param {SVGElement} svg @param {string} estado */
export function pintarPalomas(svg, estado) {
  const [simbolo, nombre] = ESTADOS[estado] ?? ESTADOS.sent;
  if (svg.dataset.estado === estado) return;
  svg.dataset.estado = estado;
  svg.setAttribute('aria-label', nombre);
  ponerIcono(svg, simbolo);
}

/** Foto propia del servidor, o iniciales con su color. @param {HTMLElement} nodo @param {{numero: string, nombre: string, foto: string|null}} quien */
export function pintarAvatar(nodo, { numero, nombre, foto }) {
  const clave = `${numero}|${nombre}|${foto ?? ''}`;
  if (nodo.dataset.clave === clave) return;
  nodo.dataset.clave = clave;
  nodo.dataset.tono = tono(numero);
  const siglas = iniciales(nombre);
  nodo.replaceChildren(siglas || silueta());
  if (foto?.startsWith('/') && !foto.startsWith('//')) ponerFoto(nodo, foto);
}

function silueta() {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const uso = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', 'icono');
  uso.setAttribute('href', '#i-contacto');
  svg.append(uso);
  return svg;
}

function ponerFoto(nodo, foto) {
  const imagen = new Image();
  imagen.alt = '';
  imagen.loading = 'lazy';
  imagen.addEventListener('load', () => nodo.replaceChildren(imagen), { once: true });
  imagen.src = foto;
}
