// Llama al agente cuando hace falta: sonido, notificación, título e icono; solo por lo que entra y no se está viendo.
import { previa } from './util/tipos.js';

const ENTRE_SONIDOS = 1500;

export class Alertas {
  #store; #preferencias; #seVe; #abrir; #contexto = null; #ultimoSonido = 0; #titulo = document.title; #parpadeo = 0;

  /** @param {Piezas} piezas */
  constructor({ store, preferencias, seVe, abrir }) {
    this.#store = store;
    this.#preferencias = preferencias;
    this.#seVe = seVe;
    this.#abrir = abrir;
    store.oir('llegada', (d) => this.#alLlegar(d));
    store.oir('lista', () => this.#contar());
    document.addEventListener('visibilitychange', () => this.#contar());
    for (const gesto of ['pointerdown', 'keydown']) addEventListener(gesto, () => this.#prepararSonido(), { once: true });
    this.#contar();
  }

  #alLlegar({ mensaje, conversacion }) {
    if (mensaje.propio || mensaje.recuperado || conversacion?.silenciada || (this.#seVe(mensaje.numero) && document.hasFocus())) return;
    if (this.#preferencias.obtener('sonido')) this.#sonar();
    if (this.#preferencias.obtener('notificaciones') && (document.hidden || !document.hasFocus())) this.#notificar(mensaje, conversacion);
    if (document.hidden) this.#parpadear(conversacion?.nombre ?? '');
  }

  /** Los navegadores solo dejan sonar después de un gesto. */
  #prepararSonido() {
    if (!this.#contexto && 'AudioContext' in globalThis) this.#contexto = new AudioContext();
    this.#contexto?.resume();
  }

  #sonar() {
    const ahora = Date.now();
    if (!this.#contexto || ahora - this.#ultimoSonido < ENTRE_SONIDOS) return;
    this.#ultimoSonido = ahora;
    this.#tono(880, 0);
    this.#tono(1175, 0.13);
  }

  #tono(frecuencia, retraso) {
    const inicio = this.#contexto.currentTime + retraso;
    const fuente = new OscillatorNode(this.#contexto, { frequency: frecuencia, type: 'sine' });
    const volumen = new GainNode(this.#contexto, { gain: 0 });
    volumen.gain.setValueAtTime(0, inicio);
    volumen.gain.linearRampToValueAtTime(0.12, inicio + 0.015);
    volumen.gain.exponentialRampToValueAtTime(0.0001, inicio + 0.22);
    fuente.connect(volumen).connect(this.#contexto.destination);
    fuente.start(inicio);
    fuente.stop(inicio + 0.24);
  }

  /** @returns {Promise<boolean>} si quedaron permitidas */
  async pedirPermiso() {
    if (!('Notification' in globalThis)) return false;
    if (Notification.permission === 'default') await Notification.requestPermission();
    return Notification.permission === 'granted';
  }

  #notificar(mensaje, conversacion) {
    if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
    try {
      const aviso = new Notification(conversacion?.nombre ?? 'Mensaje nuevo', {
        body: previa({ texto: mensaje.texto, tipo: mensaje.tipo }), tag: mensaje.numero, icon: '/static/twilio/icons/icono-192.png',
      });
      aviso.addEventListener('click', () => { focus(); this.#abrir(mensaje.numero); aviso.close(); });
    } catch { /* en algunos teléfonos solo se puede desde el service worker */ }
  }

  /** El título alterna mientras la pestaña no se ve. */
  #parpadear(nombre) {
    clearInterval(this.#parpadeo);
    let vuelta = 0;
    this.#parpadeo = setInterval(() => {
      vuelta += 1;
      if (!document.hidden) { clearInterval(this.#parpadeo); this.#contar(); return; }
      document.title = vuelta % 2 ? `${nombre} te escribió` : this.#tituloConCuenta();
    }, 1000);
  }

  get #sinLeer() { return this.#store.conversaciones.filter((c) => c.sinLeer > 0).length; }
  #tituloConCuenta() { return this.#sinLeer ? `(${this.#sinLeer}) ${this.#titulo}` : this.#titulo; }

  #contar() {
    const titulo = this.#tituloConCuenta();
    if (document.title === titulo) return;
    document.title = titulo;
    this.#dibujarIcono(this.#sinLeer);
  }

  #dibujarIcono(cuenta) {
    const enlace = /** @type {HTMLLinkElement} */ (document.getElementById('favicon'));
    if (!cuenta) { enlace.href = '/static/twilio/icons/favicon.svg'; enlace.type = 'image/svg+xml'; return; }
    const imagen = new Image();
    imagen.addEventListener('load', () => {
      if (cuenta !== this.#sinLeer) return; // cambió mientras llegaba: ya viene otra
      enlace.type = 'image/png';
      enlace.href = pintarInsignia(imagen, cuenta);
    }, { once: true });
    imagen.src = '/static/twilio/icons/icono-64.png';
  }
}

function pintarInsignia(imagen, cuenta) {
  const lienzo = document.createElement('canvas');
  lienzo.width = 64;
  lienzo.height = 64;
  const pincel = lienzo.getContext('2d');
  pincel.drawImage(imagen, 0, 0, 64, 64);
  pincel.fillStyle = '#d3122b';
  pincel.beginPath();
  pincel.arc(44, 20, 20, 0, 7);
  pincel.fill();
  pincel.fillStyle = '#ffffff';
  pincel.font = 'bold 28px sans-serif';
  pincel.textAlign = 'center';
  pincel.fillText(cuenta > 9 ? '9+' : String(cuenta), 44, 30, 34);
  return lienzo.toDataURL('image/png');
}
