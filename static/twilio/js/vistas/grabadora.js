// Grabar una nota de voz: el micrófono se pide al usarlo, se ve el nivel y el tiempo, se pausa, se descarta o se envía.
// Una grabación es del chat donde empezó: al pasar a otro se pausa y espera allí.
import { subidasDe } from '../subidas.js';
import { clonar, elemento, escribir, marcar, partes, ponerIcono } from '../util/dom.js';
import { avisar } from './avisos.js';

const FORMATOS = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4', ''];
const TOPE = 600;
const AVISO = 570;
const BARRA = 3;
const CADA = 60;
const NEGADO = {
  NotAllowedError: 'El navegador no deja usar el micrófono. Permítelo en el candado de la barra de direcciones.',
  NotFoundError: 'No se encontró ningún micrófono en este equipo.', NotReadableError: 'Otro programa está usando el micrófono.',
};

export class Grabadora {
  #piezas; #nota = null; #pidiendo = false;

  /** @param {PiezasArchivos} piezas */
  constructor(piezas) {
    this.#piezas = piezas;
    piezas.conversacion.oir('abierta', (numero) => this.#nota?.alAbrir(numero));
    piezas.store.oir('quitada', (numero) => { if (this.#nota?.numero === numero) this.#nota.terminar(); });
    addEventListener('beforeunload', (e) => { if (this.#nota) e.preventDefault(); });
  }

  async empezar() {
    const { store, abierto } = this.#piezas;
    const numero = abierto();
    if (this.#pidiendo || !numero) return;
    if (this.#nota) { avisar(`Tienes una nota de voz sin enviar en el chat con ${store.conversacion(this.#nota.numero)?.nombre}.`); return; }
    if (store.conversacion(numero)?.fuente === 'twilio') { avisar('Este chat va por Twilio: por ahí no se pueden enviar notas de voz desde aquí.'); return; }
    this.#pidiendo = true;
    const microfono = await this.#pedirMicrofono();
    this.#pidiendo = false;
    if (!microfono) return;
    if (abierto() !== numero) { microfono.getTracks().forEach((pista) => pista.stop()); return; }
    this.#nota = new Nota(numero, microfono, { enviar: (ficha) => this.#enviar(numero, ficha), alTerminar: () => { this.#nota = null; this.#piezas.redactor.enfocar(); } });
  }

  async #pedirMicrofono() {
    if (!navigator.mediaDevices || !globalThis.MediaRecorder) { avisar('Este navegador no deja grabar aquí: hace falta entrar por https.'); return null; }
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    } catch (error) {
      avisar(NEGADO[error.name] ?? 'No se pudo usar el micrófono.', { urgente: true });
      return null;
    }
  }

  #enviar(numero, ficha) {
    subidasDe(this.#piezas).enviar(numero, [ficha], this.#piezas.tomarCita());
    this.#piezas.registro.irAlFinal();
  }
}

class Nota {
  numero; #microfono; #acciones; #cinta; #trozos = []; #llevaba = 0; #desde = 0; #reloj = 0; #niveles = []; #audio; #analizador; #avisada = false; #parada;
  #nodo = clonar('t-grabacion'); #p = partes(this.#nodo); #formulario = elemento('redactor');

  constructor(numero, microfono, acciones) {
    this.numero = numero;
    this.#microfono = microfono;
    this.#acciones = acciones;
    this.#formulario.append(this.#nodo);
    this.#p.descartar.addEventListener('click', () => this.terminar());
    this.#p.pausa.addEventListener('click', () => (this.#cinta.state === 'recording' ? this.#pausar() : this.#seguir()));
    this.#p.enviar.addEventListener('click', () => this.#mandar());
    microfono.getTracks()[0].addEventListener('ended', () => this.#alPerderMicrofono());
    this.#cinta = new MediaRecorder(microfono, { mimeType: FORMATOS.find((f) => MediaRecorder.isTypeSupported(f)), audioBitsPerSecond: 32_000 });
    this.#cinta.addEventListener('dataavailable', (e) => { if (e.data.size) this.#trozos.push(e.data); });
    this.#parada = new Promise((seguir) => { this.#cinta.addEventListener('stop', seguir, { once: true }); }); // también se para sola, sin micrófono
    this.#medir();
    this.#cinta.start(1000);
    this.#mostrar(true);
    this.#andar();
    this.#p.enviar.focus();
  }

  get #segundos() { return (this.#llevaba + (this.#desde ? performance.now() - this.#desde : 0)) / 1000; }

  #medir() {
    this.#audio = new AudioContext();
    this.#analizador = this.#audio.createAnalyser();
    this.#analizador.fftSize = 1024;
    this.#audio.createMediaStreamSource(this.#microfono).connect(this.#analizador);
  }

  #mostrar(aqui) {
    this.#nodo.hidden = !aqui;
    marcar(this.#formulario, 'grabando', aqui);
  }

  alAbrir(numero) {
    if (numero !== this.numero) this.#pausar();
    this.#mostrar(numero === this.numero);
  }

  #andar() {
    this.#desde = performance.now();
    this.#reloj = setInterval(() => this.#latir(), CADA);
    this.#pintarPausa('recording');
  }

  #pausar() {
    if (this.#cinta.state !== 'recording') return;
    this.#cinta.pause();
    this.#pararReloj();
  }

  #pararReloj() {
    this.#llevaba = this.#segundos * 1000;
    this.#desde = 0;
    clearInterval(this.#reloj);
    this.#pintarPausa('paused');
  }

  /** Sin micrófono la cinta se para sola: lo grabado queda para enviarlo o descartarlo. */
  #alPerderMicrofono() {
    this.#pararReloj();
    this.#p.pausa.disabled = true;
    avisar('Se perdió el micrófono. Puedes enviar lo que se alcanzó a grabar.', { urgente: true });
  }

  #seguir() {
    if (this.#cinta.state !== 'paused' || this.#segundos >= TOPE) return;
    this.#cinta.resume();
    this.#andar();
  }

  #pintarPausa(estado) {
    const grabando = estado === 'recording';
    marcar(this.#nodo, 'pausada', !grabando);
    ponerIcono(this.#p.pausa.firstElementChild, grabando ? 'i-pausa' : 'i-voz');
    this.#p.pausa.setAttribute('aria-label', grabando ? 'Pausar la grabación' : 'Seguir grabando');
    escribir(this.#p.estado, grabando ? 'Grabando' : 'En pausa');
  }

  #latir() {
    const segundos = this.#segundos;
    escribir(this.#p.tiempo, `${Math.floor(segundos / 60)}:${String(Math.floor(segundos % 60)).padStart(2, '0')}`);
    const muestras = new Uint8Array(this.#analizador.fftSize);
    this.#analizador.getByteTimeDomainData(muestras);
    const fuerza = Math.sqrt(muestras.reduce((suma, m) => suma + (m - 128) ** 2, 0) / muestras.length) / 128;
    this.#niveles.push(Math.min(1, fuerza * 4));
    this.#dibujar();
    if (segundos >= AVISO && !this.#avisada) { this.#avisada = true; avisar('A la nota de voz le quedan 30 segundos.'); }
    if (segundos < TOPE) return;
    this.#pausar();
    this.#p.pausa.disabled = true;
    avisar('La nota de voz llegó a 10 minutos, que es lo más que se graba. Envíala o descártala.', { urgente: true });
  }

  #dibujar() {
    const lienzo = this.#p.nivel;
    const { width, height } = lienzo;
    const pincel = lienzo.getContext('2d');
    const caben = Math.floor(width / (BARRA * 2));
    this.#niveles = this.#niveles.slice(-caben);
    pincel.clearRect(0, 0, width, height);
    pincel.fillStyle = getComputedStyle(lienzo).color;
    this.#niveles.forEach((nivel, i) => {
      const alto = Math.max(BARRA, nivel * height);
      pincel.fillRect(width - (this.#niveles.length - i) * BARRA * 2, (height - alto) / 2, BARRA, alto);
    });
  }

  async #mandar() {
    const seconds = this.#segundos;
    this.#p.enviar.disabled = true;
    if (this.#cinta.state !== 'inactive') this.#cinta.stop();
    await this.#parada;
    const archivo = new Blob(this.#trozos, { type: this.#cinta.mimeType });
    const extension = /^audio\/(ogg|mp4)/.exec(archivo.type)?.[1] ?? 'webm';
    this.terminar();
    if (!archivo.size || seconds < 0.4) { avisar('La nota de voz quedó muy corta. Grábala otra vez.'); return; }
    this.#acciones.enviar({ archivo, nombre: `nota-de-voz.${extension}`, clase: 'voice', tipo: 'voice', pie: '', url: '' });
  }

  /** Suelta el micrófono y deja el cuadro como estaba. */
  terminar() {
    clearInterval(this.#reloj);
    if (this.#cinta.state !== 'inactive') this.#cinta.stop();
    this.#microfono.getTracks().forEach((pista) => pista.stop());
    this.#audio.close();
    this.#nodo.remove();
    marcar(this.#formulario, 'grabando', false);
    this.#acciones.alTerminar();
  }
}
