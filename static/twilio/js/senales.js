// «escribiendo…» de los dos lados, y lo que se le deja ver al cliente. Lo que se ve caduca solo; nada se guarda aquí.
import { ErrorApi } from './api.js';
import { elemento } from './util/dom.js';
import { avisar } from './vistas/avisos.js';

const PALABRAS = { typing: 'escribiendo…', recording: 'grabando audio…' };
const CADUCA = 10_000;
const REPETIR = 5_500; // el servidor deja pasar una cada cinco segundos
const QUIETO = 6_000;
/** Gusto del menú → su nombre en el servidor. */
const CLAVES = { confirmarLectura: 'read_receipts', mostrarEscribiendo: 'typing' };

export class Senales {
  #api; #store; #canal; #abierto; #preferencias; #relojes = new Map(); #dicho = null; #hasta = 0; #pausa = 0;

  /** @param {PiezasEscritorio} piezas */
  constructor({ api, store, canal, abierto, preferencias, conversacion }) {
    this.#api = api;
    this.#store = store;
    this.#canal = canal;
    this.#abierto = abierto;
    this.#preferencias = preferencias;
    canal.oir('escribiendo', (d) => this.#mostrar(String(d.numero), PALABRAS[d.state] ?? ''));
    store.oir('llegada', ({ mensaje }) => { if (!mensaje.propio) this.#mostrar(mensaje.numero, ''); });
    conversacion.oir('abierta', () => this.#parar());
    elemento('texto').addEventListener('input', (e) => (e.target.value.trim() ? this.#escribir() : this.#parar()));
    elemento('redactor').addEventListener('submit', () => this.#parar());
    elemento('texto').addEventListener('keydown', (e) => { if (e.key === 'Enter') setTimeout(() => { if (!elemento('texto').value) this.#parar(); }); });
    elemento('menu-boton').addEventListener('click', () => this.#leer(), { once: true });
  }

  /** Lo que hace el cliente; a los diez segundos sin noticia ya no lo hace. */
  #mostrar(numero, presencia) {
    clearTimeout(this.#relojes.get(numero));
    this.#relojes.delete(numero);
    if (presencia) this.#relojes.set(numero, setTimeout(() => this.#mostrar(numero, ''), CADUCA));
    if ((this.#store.conversacion(numero)?.presencia ?? '') !== presencia) this.#store.cambiarConversacion(numero, { presencia });
  }

  #escribir() {
    const numero = this.#abierto();
    clearTimeout(this.#pausa);
    this.#pausa = setTimeout(() => this.#parar(), QUIETO);
    if (!numero || (this.#dicho === numero && Date.now() < this.#hasta) || !this.#preferencias.obtener('mostrarEscribiendo')) return;
    this.#dicho = numero;
    this.#hasta = Date.now() + REPETIR;
    this.#canal.escribir(numero, 'typing');
  }

  #parar() {
    clearTimeout(this.#pausa);
    if (this.#dicho) this.#canal.escribir(this.#dicho, 'paused');
    this.#dicho = null;
  }

  // --- Los interruptores, que son del agente y no de este navegador

  async #leer() {
    try { this.#anotar(await this.#api.pedir('/api/senales')); } catch (error) { if (!(error instanceof ErrorApi)) throw error; }
  }

  #anotar(ajustes) {
    for (const [gusto, clave] of Object.entries(CLAVES)) this.#preferencias.poner(gusto, ajustes[clave]);
    const opcion = /** @type {HTMLElement} */ (elemento('menu').querySelector('[data-accion="confirmarLectura"]'));
    opcion.hidden = !ajustes.read_receipts_allowed;
  }

  /** @param {'confirmarLectura' | 'mostrarEscribiendo'} gusto */
  async alternar(gusto) {
    const antes = this.#preferencias.obtener(gusto);
    this.#preferencias.poner(gusto, !antes);
    try {
      this.#anotar(await this.#api.pedir('/api/senales', { metodo: 'PATCH', cuerpo: { [CLAVES[gusto]]: !antes } }));
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      this.#preferencias.poner(gusto, antes);
      avisar(`No se guardó el cambio. ${error.message}`, { urgente: true });
    }
  }
}
