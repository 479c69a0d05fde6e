// Lo que un mensaje trae además de su texto, según su tipo: archivo, lugar, contacto, encuesta, botones, enlace… Solo pinta.
import { clonar, partes, ponerIcono } from '../util/dom.js';
import { formatearNumero } from '../util/numero.js';
import { formatear } from '../util/texto.js';
import { diaCompleto, horaCorta } from '../util/tiempo.js';
import { RARO, TIPOS } from '../util/tipos.js';
import { crearAudio, enMinutos } from './reproductor.js';

const VISUALES = { image: 'Ver la imagen', video: 'Ver el video', short: 'Ver el video', gif: 'Ver el GIF', sticker: 'Ver el sticker' };
const VER_UNA_VEZ = 'Para ver una sola vez';
const LLAMADAS = { missed: 'perdida', answered: 'contestada', canceled: 'cancelada', initiated: 'entrante', ringing: 'entrante' };

/** Lo que trae, o null si es solo texto. `sinTexto`: el nodo ya dice lo que decía el texto; `debajo`: va tras él. @param {Mensaje} m */
export function crearContenido(m) {
  if (m.borrado) return { nodo: clonar('t-borrado'), sinTexto: true };
  if (m.tipo in VISUALES || m.tipo in ARCHIVOS) return { nodo: archivo(m), sinTexto: false };
  const crear = CREADORES[m.tipo];
  const nodo = crear?.(m.datos ?? {}, m) ?? (TIPOS[m.tipo] || m.texto ? null : nota(...RARO));
  return nodo && { nodo, sinTexto: SIN_TEXTO.has(m.tipo), debajo: nodo.matches('.botones-mensaje') };
}

// --- Archivos

const ARCHIVOS = { audio: 1, voice: 1, document: 1 };

function archivo(m) {
  const { media, datos, tipo, mediaUrl, local } = m;
  if (local) return conLocal(m);
  if (!media) return mediaUrl ? deFuera(tipo, mediaUrl) : nota(TIPOS[tipo][0], datos?.view_once ? VER_UNA_VEZ : TIPOS[tipo][1]);
  if (media.status !== 'ready') return enEspera(m);
  if (tipo === 'document') return documento(media);
  if (tipo === 'audio' || tipo === 'voice') return crearAudio(media, tipo === 'voice' ? 'Nota de voz' : 'Audio');
  if (tipo === 'gif') return gif(media);
  return visual(m, media.thumb ?? datos?.preview ?? media.url, tipo === 'sticker' ? media.url : null);
}

/** Lo que se sube desde aquí: lo pinta quien lo sube, con su progreso. */
const conLocal = ({ local }) => local.nodo;

function visual({ tipo, datos, media, propio, fecha }, miniatura, entera) {
  const nodo = clonar('t-visual');
  const p = partes(nodo);
  const imagen = nodo.querySelector('img');
  nodo.dataset.tipo = tipo;
  nodo.setAttribute('aria-label', `${VISUALES[tipo]}${propio ? '' : ' recibido'}, ${horaCorta(fecha)}`);
  const ancho = media.width ?? datos?.width;
  const alto = media.height ?? datos?.height;
  if (ancho && alto) nodo.style.aspectRatio = `${ancho} / ${alto}`;
  imagen.hidden = miniatura === media.url && !/^image\//.test(media.mime ?? '');
  if (!imagen.hidden) imagen.src = entera ?? miniatura;
  const esVideo = tipo === 'video' || tipo === 'short';
  p.marca.hidden = !esVideo;
  p.duracion.textContent = esVideo && media.seconds ? enMinutos(media.seconds) : '';
  return nodo;
}

function gif(media) {
  const nodo = /** @type {HTMLVideoElement} */ (clonar('t-gif'));
  nodo.src = media.url;
  nodo.setAttribute('aria-label', 'GIF. Enter lo detiene o lo sigue');
  const alternar = () => (nodo.paused ? nodo.play().catch(() => { /* sin permiso para reproducir se queda quieto */ }) : nodo.pause());
  nodo.addEventListener('click', alternar);
  nodo.addEventListener('keydown', (e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); e.stopPropagation(); alternar(); } });
  if (!matchMedia('(prefers-reduced-motion: reduce)').matches) nodo.autoplay = true;
  return nodo;
}

function documento(media) {
  const nodo = /** @type {HTMLAnchorElement} */ (clonar('t-documento'));
  const p = partes(nodo);
  p.nombre.textContent = media.name || 'Documento';
  const paginas = media.pages ? `${media.pages} ${media.pages === 1 ? 'página' : 'páginas'}` : '';
  p.detalle.textContent = [extension(media), paginas, pesoLegible(media.size)].filter(Boolean).join(' · ');
  nodo.href = `${media.url}?descargar=1`;
  return nodo;
}

function extension({ name, mime }) {
  const escrita = /\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1] ?? mime?.split('/')[1]?.split(/[;.+]/)[0] ?? '';
  return escrita.length <= 5 ? escrita.toUpperCase() : '';
}

/** «48 kB», «3,2 MB». @param {number|null} bytes */
function pesoLegible(bytes) {
  if (!bytes) return '';
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  return `${(bytes / 1e6).toLocaleString('es-CO', { maximumFractionDigits: 1 })} MB`;
}

/** Aún no lo tenemos, o ya no se puede tener. */
function enEspera({ tipo, media, datos }) {
  const nodo = clonar('t-archivo-espera');
  const [dibujo, palabra] = TIPOS[tipo];
  ponerIcono(nodo.firstElementChild, dibujo);
  const frases = { pending: `${palabra}: llegando…`, lost: media.error || 'WhatsApp ya no tiene este archivo.', failed: media.error || 'No se pudo traer el archivo.' };
  nodo.children[1].textContent = frases[media.status];
  const boton = /** @type {HTMLButtonElement} */ (nodo.lastElementChild);
  boton.hidden = media.status === 'pending';
  boton.dataset.archivo = media.id;
  if (!datos?.preview) return nodo;
  const borrosa = new Image();
  borrosa.alt = '';
  borrosa.className = 'visual visual-borrosa';
  borrosa.src = datos.preview;
  nodo.prepend(borrosa);
  return nodo;
}

/** Un archivo que está en otra dirección: se enlaza, no se trae. */
function deFuera(tipo, direccion) {
  const nodo = nota(...TIPOS[tipo]);
  const enlace = /^(https?:\/)?\//i.test(direccion) && formatear(direccion).querySelector('a');
  if (enlace) { enlace.textContent = 'Abrir'; nodo.append(enlace); }
  return nodo;
}

// --- Tarjetas

/** Una línea con su dibujo. @param {string} dibujo @param {string} palabras */
export function nota(dibujo, palabras) {
  const nodo = clonar('t-adjunto');
  ponerIcono(nodo.firstElementChild, dibujo);
  nodo.lastElementChild.textContent = palabras;
  return nodo;
}

function tarjeta(dibujo, titulo, detalle, ...mas) {
  const nodo = clonar('t-tarjeta');
  const p = partes(nodo);
  ponerIcono(nodo.querySelector('svg'), dibujo);
  p.titulo.textContent = titulo;
  p.detalle.textContent = detalle;
  p.detalle.after(...mas);
  return nodo;
}

function enlaceA(href, palabras) {
  const enlace = document.createElement('a');
  Object.assign(enlace, { href, target: '_blank', rel: 'noopener noreferrer', textContent: palabras });
  return enlace;
}

function lugar({ latitude, longitude, name, address, comment, live }, { tipo }) {
  if (latitude === undefined || longitude === undefined) return null;
  const donde = `${latitude},${longitude}`;
  const titulo = name || (live || tipo === 'live_location' ? 'Ubicación en vivo' : 'Ubicación');
  const mapa = enlaceA(`https://www.google.com/maps/search/?api=1&query=${encodeURIComponent(donde)}`, 'Abrir en el mapa');
  return tarjeta('i-lugar', titulo, [address, comment || donde].filter(Boolean).join('\n'), mapa);
}

function contactos({ contacts = [] }) {
  const nodos = contacts.map(({ name, phones = [], emails = [] }) => tarjeta('i-contacto', name || 'Contacto', emails.join('\n'),
    ...phones.map((telefono) => enlaceA(`tel:${telefono}`, formatearNumero(telefono.replace(/^\+/, ''))))));
  return juntos(nodos);
}

function juntos(nodos) {
  if (nodos.length < 2) return nodos[0] ?? null;
  const caja = document.createElement('div');
  caja.append(...nodos);
  return caja;
}

function encuesta({ title, options = [], multiple, total = 0 }) {
  const nodo = clonar('t-encuesta');
  const p = partes(nodo);
  p.titulo.textContent = title || 'Encuesta';
  p.nota.textContent = multiple ? 'Encuesta · se pueden elegir varias' : 'Encuesta · se elige una';
  p.opciones.append(...options.map(({ name, count = 0 }) => {
    const fila = clonar('t-opcion');
    const q = partes(fila);
    q.nombre.textContent = name;
    q.cuenta.textContent = String(count);
    Object.assign(q.barra, { max: Math.max(1, total), value: count, title: `${count} de ${total}` });
    q.barra.setAttribute('aria-label', `${name}: ${count} de ${total} votos`);
    return fila;
  }));
  return nodo;
}

/** Mensajes con botones o listas: aquí se leen, se tocan en el teléfono. */
function formulario({ buttons = [], sections = [] }) {
  const titulos = [...buttons.map((b) => b.title), ...sections.flatMap((s) => (s.rows ?? []).map((r) => [r.title, r.description].filter(Boolean).join(' · ')))].filter(Boolean);
  if (!titulos.length) return null;
  const nodo = clonar('t-botones');
  nodo.append(...titulos.map((titulo) => { const li = document.createElement('li'); li.dir = 'auto'; li.textContent = titulo; return li; }));
  return nodo;
}

function vinculo({ title, description, url, preview }) {
  if (!title) return null;
  const direccion = url && formatear(url).querySelector('a')?.href;
  const nodo = /** @type {HTMLAnchorElement} */ (clonar('t-vinculo'));
  const p = partes(nodo);
  p.titulo.textContent = title;
  p.detalle.textContent = description ?? '';
  if (direccion) { nodo.href = direccion; p.sitio.textContent = new URL(direccion).hostname; }
  if (preview) Object.assign(nodo.querySelector('img'), { src: preview, hidden: false });
  return nodo;
}

const dinero = (valor, moneda) => (valor === undefined ? '' : `${Number(valor).toLocaleString('es-CO')} ${moneda ?? ''}`.trim());

function pedido({ id, title, text, items, currency, total }) {
  const cuantos = items ? `${items} ${items === 1 ? 'artículo' : 'artículos'}` : '';
  return tarjeta('i-bolsa', title || `Pedido ${id ?? ''}`.trim(), [text, [cuantos, dinero(total, currency)].filter(Boolean).join(' · ')].filter(Boolean).join('\n'));
}

function evento({ name, description, start, link, canceled }) {
  const cuando = start ? `${diaCompleto(start)}, ${horaCorta(start)}` : '';
  const enlace = link ? formatear(link).querySelector('a') : null;
  return tarjeta('i-agenda', `${name ?? 'Evento'}${canceled ? ' (cancelado)' : ''}`, [cuando, description].filter(Boolean).join('\n'), ...(enlace ? [enlace] : []));
}

function llamada({ status, video }, { propio }) {
  const nodo = tarjeta(video ? 'i-video' : 'i-llamada', `${video ? 'Videollamada' : 'Llamada'} ${LLAMADAS[status] ?? 'de WhatsApp'}`, status === 'missed' && !propio ? 'Se contesta en el teléfono de la línea' : '');
  nodo.dataset.perdida = String(status === 'missed');
  return nodo;
}

const CREADORES = {
  location: lugar, live_location: lugar, contact: contactos, contact_list: contactos, poll: encuesta, buttons: formulario, list: formulario,
  interactive: formulario, hsm: formulario, link_preview: vinculo, group_invite: vinculo, newsletter_invite: vinculo, admin_invite: vinculo, catalog: vinculo,
  order: pedido, product: ({ title, description, id }) => tarjeta('i-bolsa', title || `Producto ${id ?? ''}`.trim(), description ?? ''), event: evento, call: llamada,
  reply: ({ title, description }) => (title && description ? tarjeta('i-responder', title, description) : null),
  unsupported: (_datos, { texto }) => (texto ? null : nota(...RARO)), system: () => null,
};
const SIN_TEXTO = new Set(['location', 'live_location', 'contact', 'contact_list', 'poll', 'order', 'product', 'event', 'call', 'reply']);

// --- Lo que va alrededor

/** Reenviado, de un anuncio, para ver una vez: notas sobre el contenido. @param {Mensaje} m */
export function crearNotas({ datos, borrado }) {
  if (!datos || borrado) return [];
  const notas = [];
  const { forwarded, ad, view_once: unaVez } = datos;
  if (forwarded) notas.push(['i-reenviado', forwarded >= 5 ? 'Reenviado muchas veces' : 'Reenviado']);
  if (ad) notas.push(['i-anuncio', `Llegó por un anuncio${ad.title ? `: ${ad.title}` : ''}`]);
  if (unaVez) notas.push(['i-una-vez', VER_UNA_VEZ]);
  return notas.map(([dibujo, palabras]) => {
    const nodo = clonar('t-nota');
    ponerIcono(nodo.firstElementChild, dibujo);
    nodo.lastElementChild.textContent = palabras;
    return nodo;
  });
}

/** Las reacciones juntas, con quién puso cada una. @param {Mensaje} m @param {string} contacto */
export function crearReacciones({ reacciones, borrado }, contacto) {
  if (!reacciones?.length || borrado) return null;
  const nodo = clonar('t-reacciones');
  const distintas = [...new Set(reacciones.map((r) => r.emoji))];
  nodo.textContent = distintas.slice(0, 3).join('') + (reacciones.length > 1 ? ` ${reacciones.length}` : '');
  nodo.setAttribute('aria-label', `Reacciones: ${reacciones.map((r) => `${r.emoji} de ${r.from_me ? 'ti' : contacto}`).join(', ')}`);
  nodo.title = reacciones.map((r) => `${r.emoji} ${r.from_me ? 'Tú' : contacto}`).join('\n');
  return nodo;
}
