// El audio de una burbuja: sonar, detener, avanzar, ver su onda y cambiar la velocidad. Suena uno a la vez, mientras se vea.
import { clonar, partes, ponerIcono } from '../util/dom.js';

const VELOCIDADES = [1, 1.5, 2];
const BARRAS = 44;
let sonando = /** @type {HTMLAudioElement|null} */ (null);
let velocidad = 1;

/** «1:05». @param {number} segundos */
export const enMinutos = (segundos) => `${Math.floor(segundos / 60)}:${String(Math.floor(segundos % 60)).padStart(2, '0')}`;

/** Alturas de 0 a 1 de la onda en base64 (valores de 0 a 100); sin ella, una línea pareja. @param {string|null} onda */
function alturas(onda) {
  let bytes = [];
  try { bytes = [...atob(onda ?? '')].map((c) => c.charCodeAt(0)); } catch { /* la onda es un adorno */ }
  if (!bytes.length) return new Array(BARRAS).fill(0.15);
  return Array.from({ length: BARRAS }, (_, i) => Math.min(1, Math.max(0.08, bytes[Math.floor((i * bytes.length) / BARRAS)] / 100)));
}

/** @param {Media} media @param {string} nombre */
export function crearAudio(media, nombre) {
  const nodo = clonar('t-audio');
  const p = partes(nodo);
  const barras = alturas(media.waveform);
  /** @type {HTMLAudioElement|null} */
  let audio = null;
  nodo.setAttribute('aria-label', `${nombre}${media.seconds ? `, ${enMinutos(media.seconds)}` : ''}`);

  const largo = () => (audio && Number.isFinite(audio.duration) ? audio.duration : media.seconds ?? 0);
  const pintar = () => {
    const ahora = audio?.currentTime ?? 0;
    p.avance.value = largo() ? String(Math.round((ahora / largo()) * 1000)) : '0';
    p.avance.setAttribute('aria-valuetext', `${enMinutos(ahora)} de ${enMinutos(largo())}`);
    p.tiempo.textContent = enMinutos(ahora || largo());
    p.velocidad.textContent = `${velocidad.toLocaleString('es-CO')}×`;
    p.velocidad.setAttribute('aria-label', `Velocidad: ${p.velocidad.textContent}`);
    dibujar(p.onda, barras, largo() ? ahora / largo() : 0);
  };
  const alternado = () => {
    const suena = Boolean(audio && !audio.paused);
    ponerIcono(p.boton.firstElementChild, suena ? 'i-pausa' : 'i-reproducir');
    p.boton.setAttribute('aria-label', suena ? 'Pausar' : 'Reproducir');
    pintar();
  };
  const obtener = () => {
    if (audio) return audio;
    audio = new Audio(media.url);
    audio.preload = 'metadata';
    for (const cuando of ['play', 'pause', 'ended']) audio.addEventListener(cuando, alternado);
    for (const cuando of ['timeupdate', 'durationchange']) audio.addEventListener(cuando, pintar);
    audio.addEventListener('ended', () => { audio.currentTime = 0; });
    audio.addEventListener('error', () => { p.tiempo.textContent = 'No se puede reproducir'; });
    return audio;
  };

  p.boton.addEventListener('click', () => {
    const mio = obtener();
    if (!mio.paused) { mio.pause(); return; }
    if (sonando !== mio) sonando?.pause();
    sonando = mio;
    mio.playbackRate = velocidad;
    mio.play().catch(() => { p.tiempo.textContent = 'No se puede reproducir'; });
  });
  p.avance.addEventListener('input', () => {
    const mio = obtener();
    const ir = () => { mio.currentTime = (Number(p.avance.value) / 1000) * largo(); };
    if (mio.readyState) ir();
    else mio.addEventListener('loadedmetadata', ir, { once: true });
  });
  p.velocidad.addEventListener('click', () => {
    velocidad = VELOCIDADES[(VELOCIDADES.indexOf(velocidad) + 1) % VELOCIDADES.length];
    if (audio) audio.playbackRate = velocidad;
    pintar();
  });
  new ResizeObserver(() => { if (!nodo.isConnected) audio?.pause(); pintar(); }).observe(p.onda); // fuera de la página nadie podría detenerlo
  pintar();
  return nodo;
}

/** Barras: lo ya oído con el color de acción, lo demás apagado. */
function dibujar(lienzo, barras, avance) {
  const pincel = lienzo.getContext('2d');
  const estilo = getComputedStyle(lienzo);
  const paso = lienzo.width / barras.length;
  pincel.clearRect(0, 0, lienzo.width, lienzo.height);
  barras.forEach((altura, i) => {
    const alto = Math.max(3, altura * lienzo.height);
    pincel.fillStyle = i / barras.length < avance ? estilo.accentColor : estilo.color;
    pincel.beginPath();
    pincel.roundRect(i * paso + 1, (lienzo.height - alto) / 2, paso - 2, alto, 1.5);
    pincel.fill();
  });
}
