// Elegir qué se adjunta: el menú, los archivos que se eligen, sueltan o pegan, y el velo que dice dónde soltarlos.
import { clonar, elemento } from '../util/dom.js';
import { abrirMenu, cerrarMenu } from './menu-flotante.js';
import { avisar } from './avisos.js';
import { perezosa } from './perezosa.js';

const POR_TWILIO = 'Este chat va por Twilio: por ahí solo se puede enviar texto desde aquí.';
const QUIETO = 600;

export class Adjuntar {
  #piezas; #entrada = document.createElement('input'); #clase = 'auto'; #para = null; #velo = clonar('t-velo'); #reloj = 0;
  #formularios = perezosa(() => import('./formularios.js')); #previa = perezosa(() => import('./vista-previa.js'));

  /** @param {PiezasArchivos} piezas */
  constructor(piezas) {
    this.#piezas = piezas;
    Object.assign(this.#entrada, { type: 'file', hidden: true });
    this.#entrada.addEventListener('change', () => this.#alElegir());
    document.body.append(this.#entrada);
    elemento('conversacion').append(this.#velo);
  }

  /** @param {Element} boton */
  menu(boton) {
    if (boton.getAttribute('aria-expanded') === 'true') { cerrarMenu(); return; }
    const elegir = (clase, accept) => () => this.#elegir(clase, accept);
    const escribir = (cual) => async () => {
      if (!this.#admite()) return;
      const chat = this.#piezas.abierto();
      const modulo = await this.#formularios();
      if (modulo && this.#piezas.abierto() === chat) modulo.formulario(cual, this.#piezas);
    };
    abrirMenu('Adjuntar', boton, [
      { texto: 'Fotos y videos', icono: 'i-imagen', hacer: elegir('auto', 'image/*,video/*') },
      { texto: 'Documento', icono: 'i-documento', hacer: elegir('document', '') },
      { texto: 'Sticker', icono: 'i-sticker', hacer: elegir('sticker', 'image/webp') },
      { texto: 'Ubicación', icono: 'i-lugar', hacer: escribir('ubicacion') },
      { texto: 'Contacto', icono: 'i-contacto', hacer: escribir('contacto') },
      { texto: 'Encuesta', icono: 'i-encuesta', hacer: escribir('encuesta') },
    ]);
  }

  #admite() {
    if (this.#piezas.store.conversacion(this.#piezas.abierto())?.fuente !== 'twilio') return true;
    avisar(POR_TWILIO);
    return false;
  }

  #elegir(clase, accept) {
    if (!this.#admite()) return;
    this.#clase = clase;
    this.#para = this.#piezas.abierto();
    Object.assign(this.#entrada, { accept, multiple: clase !== 'sticker' });
    this.#entrada.click();
  }

  /** Mientras se elige se puede llegar a otro chat: lo elegido era para el primero. */
  #alElegir() {
    const archivos = [...this.#entrada.files];
    this.#entrada.value = '';
    if (this.#piezas.abierto() === this.#para) this.abrir(archivos, this.#clase);
    else avisar('Cambiaste de chat: los archivos no se adjuntaron.');
  }

  /** Lo elegido, a la vista antes de enviarlo. @param {File[]} archivos */
  async abrir(archivos, clase = 'auto') {
    if (!archivos.length || !this.#admite()) return;
    const numero = this.#piezas.abierto();
    (await this.#previa())?.mostrarVistaPrevia(this.#piezas, archivos, clase, numero);
  }

  /** Mientras se arrastra encima llegan avisos seguidos: cuando se callan, el velo se quita. */
  velar(puesto = true) {
    clearTimeout(this.#reloj);
    this.#velo.hidden = !puesto;
    if (puesto) this.#reloj = setTimeout(() => this.velar(false), QUIETO);
  }
}
