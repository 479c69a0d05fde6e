// Una fila de la lista de conversaciones; recibe todo resuelto y solo pinta.
import { clonar, escribir, icono, marcar, partes, ponerIcono } from '../util/dom.js';
import { iniciales, tono } from '../util/numero.js';
import { fechaLista } from '../util/tiempo.js';
import { ESTADOS, adjunto, previa } from '../util/tipos.js';


const deFila = new WeakMap();

/** Pinta en `fila`, o en una nueva. */
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
  pintarRenglon(p, datos);
  pintarInsignia(p, datos.visible);
  p.fijada.toggleAttribute('hidden', !datos.fijada);
  p.silenciada.toggleAttribute('hidden', !datos.silenciada);
  escribir(p.marcas, (datos.silenciada ? ' silenciado' : '') + (datos.fijada ? ' fijado' : ''));
  return fila;
}

function pintarInsignia(p, sinLeer) {
  p.insignia.hidden = sinLeer === 0;
  escribir(p.cuenta, sinLeer > 999 ? '999+' : sinLeer ? String(sinLeer) : '');
  escribir(p['cuenta-palabra'], sinLeer ? ' sin leer' : '');
}

function pintarRenglon(p, { ultimo, borrador, total, presencia }) {
  const dibujo = borrador ? null : adjunto(ultimo.tipo, ultimo.texto);
  const propio = !borrador && ultimo.propio && Boolean(ultimo.fecha);
  p.renglon.querySelectorAll('svg').forEach((svg) => svg.remove());
  if (propio) p.renglon.prepend(crearPalomas(ultimo.estado));
  if (dibujo) p.vista.before(icono(dibujo[0]));
  escribir(p.quien, borrador ? 'Borrador: ' : propio ? 'Tú: ' : '');
  marcar(p.quien, 'borrador', Boolean(borrador));
  marcar(p.vista, 'presencia', Boolean(presencia));
  if (presencia) { p.renglon.querySelectorAll('svg').forEach((svg) => svg.remove()); escribir(p.quien, ''); escribir(p.vista, presencia); return; }
  escribir(p.vista, borrador ? previa({ texto: borrador, tipo: 'text' }) : previa(ultimo) || (total ? '' : 'Sin mensajes todavía'));
}

export function crearPalomas(estado) {
  const svg = clonar('t-palomas');
  pintarPalomas(svg, estado);
  return svg;
}

export function pintarPalomas(svg, estado) {
  const [simbolo, nombre] = ESTADOS[estado] ?? ESTADOS.sent;
  svg.setAttribute('data-estado', estado);
  svg.setAttribute('aria-label', nombre);
  ponerIcono(svg, simbolo);
}

/** Foto que sirva nuestro servidor, o iniciales con su color. */
export function pintarAvatar(nodo, { numero, nombre, foto }) {
  const clave = `${numero}|${nombre}|${foto ?? ''}`;
  if (nodo.dataset.clave === clave) return;
  nodo.dataset.clave = clave;
  nodo.dataset.tono = tono(numero);
  nodo.replaceChildren(iniciales(nombre) || icono('i-contacto'));
  if (/^\/(?!\/)/.test(foto ?? '')) ponerFoto(nodo, foto);
}

function ponerFoto(nodo, foto) {
  const imagen = new Image();
  imagen.alt = '';
  imagen.addEventListener('load', () => nodo.replaceChildren(imagen), { once: true });
  imagen.src = foto;
}
