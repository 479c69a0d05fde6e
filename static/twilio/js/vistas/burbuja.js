// Una burbuja: texto, cita, adjunto, hora, palomas y, si falló, por qué. Recibe todo resuelto y solo pinta.
import { clonar, escribir, marcar, partes } from '../util/dom.js';
import { comienzo, formatear, soloEmojis } from '../util/texto.js';
import { horaCorta, momentoCompleto } from '../util/tiempo.js';
import { ESTADOS, TIPOS, previa } from '../util/tipos.js';
import { crearContenido, crearNotas, crearReacciones } from './contenido.js';
import { crearPalomas, pintarPalomas } from './fila.js';


const deBurbuja = new WeakMap();
const DUDA = 'No sabemos si le llegó. Reintentar podría repetirlo.';

/** Pinta en `nodo`, o en una burbuja nueva. */
export function pintarBurbuja(mensaje, contexto, nodo = clonar('t-mensaje')) {
  if (!deBurbuja.has(nodo)) deBurbuja.set(nodo, { ...partes(nodo), burbuja: nodo.firstElementChild });
  const p = deBurbuja.get(nodo);
  const foco = /** @type {HTMLElement} */ (document.activeElement);
  const enfocado = nodo.contains(foco);
  nodo.dataset.clave = mensaje.clave;
  marcar(nodo, 'propio', mensaje.propio);
  marcar(nodo, 'primero', contexto.primero);
  marcar(nodo, 'local', mensaje.seq === null);
  marcar(nodo, 'sistema', mensaje.tipo === 'system');
  nodo.setAttribute('aria-label', `${mensaje.propio ? 'Mensaje tuyo' : `Mensaje de ${contexto.contacto}`}, ${horaCorta(mensaje.fecha)}`);
  pintarContenido(p, mensaje);
  pintarTexto(p, p.sinTexto ? '' : mensaje.texto, contexto.entero);
  pintarMeta(p, mensaje);
  p.burbuja.querySelectorAll(':scope > [data-opcional]').forEach((n) => n.remove());
  p.burbuja.prepend(...opcionales([autor(mensaje, contexto), ...crearNotas(mensaje), cita(mensaje, contexto)]));
  p.burbuja.append(...opcionales([fallo(mensaje), crearReacciones(mensaje, contexto.contacto)]));
  marcar(nodo, 'reaccionado', Boolean(mensaje.reacciones.length) && !mensaje.borrado);
  if (enfocado && !nodo.contains(document.activeElement)) enfocar(nodo, foco.dataset.accion);
  return nodo;
}

/** El botón que tenía el foco se rehízo: el teclado sigue en el mismo y, si ya no está, en su mensaje. */
function enfocar(nodo, accion) {
  const boton = accion && /** @type {HTMLElement|null} */ (nodo.querySelector(`[data-accion="${accion}"]`));
  if (boton) { boton.focus({ preventScroll: true }); return; }
  nodo.tabIndex = -1;
  nodo.focus({ preventScroll: true });
}

/** Lo que no todas las burbujas llevan; se rehace en cada pintado para que el texto no pierda su selección. */
function opcionales(nodos) {
  const puestos = nodos.filter(Boolean);
  for (const nodo of puestos) nodo.dataset.opcional = '';
  return puestos;
}

/** Se conserva mientras no cambie: rehacerlo cortaría el audio que suena o la imagen que se mira. */
function pintarContenido(p, m) {
  const clave = JSON.stringify([m.tipo, m.datos, m.media, m.mediaUrl, m.borrado, m.tipo in TIPOS || !m.texto]) + (m.local ? m.clave : '');
  if (p.claveContenido === clave) return;
  p.claveContenido = clave;
  p.contenido?.remove();
  const { nodo = null, sinTexto = false, debajo = false } = crearContenido(m) ?? {};
  Object.assign(p, { contenido: nodo, sinTexto });
  if (nodo) p.texto.parentElement[debajo ? 'after' : 'before'](nodo);
  marcar(p.burbuja, 'visual', nodo?.matches('.visual') ? m.tipo : null);
  marcar(p.burbuja, 'pieza', nodo && !debajo);
}

function pintarTexto(p, texto, entero) {
  const corto = entero ? null : comienzo(texto);
  const clave = corto === null ? texto : `${corto}\0`;
  if (p.puesto === clave) return;
  p.puesto = clave;
  p.texto.replaceChildren(formatear(corto ?? texto), ...(corto === null ? [] : ['… ', clonar('t-leer-mas')]));
  const emojis = soloEmojis(texto);
  marcar(p.texto, 'emoji', emojis ? String(emojis) : null);
}

function pintarMeta(p, { propio, fecha, estado, origen, pasos, editado, borrado, recuperado }) {
  const marcas = [recuperado && 'recuperado', editado && !borrado && 'editado', origen === 'phone' && 'desde el teléfono'].filter(Boolean);
  escribir(p.hora, [...marcas, horaCorta(fecha)].join(' · '));
  p.burbuja.style.setProperty('--letras-meta', String([...marcas, ''].join(' · ').length));
  p.hora.dateTime = fecha;
  p.meta.title = [momentoCompleto(fecha), ...Object.entries(pasos).map(([paso, en]) => `${ESTADOS[paso]?.[1] ?? paso}: ${horaCorta(en)}`)].join('\n');
  const puestas = p.meta.querySelector('svg');
  if (puestas) pintarPalomas(puestas, estado);
  else if (propio) p.meta.append(crearPalomas(estado));
}

/** Si respondió otro agente, se dice quién. */
function autor(mensaje, { primero, agente }) {
  if (!mensaje.propio || !primero || !mensaje.agente || mensaje.agente === agente) return null;
  const nodo = clonar('t-autor');
  nodo.textContent = mensaje.agenteNombre || mensaje.agente;
  return nodo;
}

function cita({ citado }, { contacto }) {
  if (!citado) return null;
  const nodo = clonar('t-cita');
  nodo.firstElementChild.textContent = citado.propio ? 'Tú' : contacto;
  nodo.lastElementChild.textContent = previa(citado) || 'Mensaje';
  return nodo;
}

function fallo({ estado, error, seq, enEspera, propio, tipo }) {
  if (enEspera) return clonar('t-espera');
  if (!propio || (estado !== 'failed' && estado !== 'unknown')) return null;
  const nodo = clonar('t-fallo');
  nodo.firstElementChild.textContent = estado === 'failed' ? error || 'No se pudo enviar.' : [error, DUDA].filter(Boolean).join(' ');
  const editar = nodo.querySelector('[data-accion="editar"]');
  if (seq !== null) editar.remove();
  else if (tipo !== 'text') editar.textContent = 'Quitar';
  return nodo;
}
