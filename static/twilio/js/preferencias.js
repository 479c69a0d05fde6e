// Lo que este navegador recuerda: gustos, borradores y bandeja de salida. Sin almacenamiento local, dura la visita.
import { Emisor } from './util/emisor.js';

const PREFIJO = 'bandeja.';
const DE_FABRICA = { tema: 'sistema', sonido: true, notificaciones: false, enterEnvia: true, primeroNoLeidos: false };
const memoria = new Map();

export function leer(clave) {
  try { return JSON.parse(localStorage.getItem(PREFIJO + clave) ?? 'null'); } catch { return memoria.get(clave) ?? null; }
}

export function guardar(clave, valor) {
  memoria.set(clave, valor);
  try { localStorage.setItem(PREFIJO + clave, JSON.stringify(valor)); } catch { /* lleno o prohibido: queda en memoria */ }
}

/** Gustos del agente en este navegador; avisa con «cambio» también de lo que hace otra pestaña. */
export class Preferencias extends Emisor {
  constructor() {
    super();
    addEventListener('storage', ({ key }) => {
      const nombre = key?.startsWith(PREFIJO) ? key.slice(PREFIJO.length) : '';
      if (nombre in DE_FABRICA) this.#avisar(nombre);
    });
  }

  obtener(nombre) {
    if (nombre === 'tema') return this.#tema();
    return leer(nombre) ?? DE_FABRICA[nombre];
  }

  poner(nombre, valor) {
    if (nombre === 'tema') this.#guardarTema(valor);
    else guardar(nombre, valor);
    this.#avisar(nombre);
  }

  /** El tema se guarda como palabra suelta porque tema.js lo lee antes que todo. */
  #tema() {
    try { return localStorage.getItem(`${PREFIJO}tema`) ?? DE_FABRICA.tema; } catch { return memoria.get('tema') ?? DE_FABRICA.tema; }
  }

  #guardarTema(valor) {
    memoria.set('tema', valor);
    try { localStorage.setItem(`${PREFIJO}tema`, valor); } catch { /* vale por esta visita */ }
  }

  #avisar(nombre) {
    if (nombre === 'tema') this.aplicarTema();
    this.emitir('cambio', { nombre, valor: this.obtener(nombre) });
  }

  aplicarTema() {
    const tema = this.#tema();
    if (tema === 'sistema') delete document.documentElement.dataset.tema;
    else document.documentElement.dataset.tema = tema;
  }
}

/** Borradores de un agente, uno por conversación; avisa con «cambio» {numero}. */
export class Borradores extends Emisor {
  #clave; #textos;

  constructor(agente) {
    super();
    this.#clave = `borradores.${agente}`;
    this.#textos = leer(this.#clave) ?? {};
    addEventListener('storage', ({ key }) => { if (key === PREFIJO + this.#clave) this.#recargar(); });
  }

  de(numero) { return this.#textos[numero] ?? ''; }

  /** Lo que dice el servidor, que ya lo sabe. */
  recibir(numero, texto) { this.poner(numero, texto, false); }

  poner(numero, texto, propio = true) {
    if (this.de(numero) === texto) return;
    this.#textos = { ...(leer(this.#clave) ?? {}), [numero]: texto };
    if (!texto.trim()) delete this.#textos[numero];
    guardar(this.#clave, this.#textos);
    this.#avisar(numero, propio, !propio);
  }

  #recargar() {
    const antes = this.#textos;
    this.#textos = leer(this.#clave) ?? {};
    for (const numero of new Set([...Object.keys(antes), ...Object.keys(this.#textos)])) {
      if (antes[numero] !== this.#textos[numero]) this.#avisar(numero, false);
    }
  }

  #avisar(numero, propio, remoto = false) { this.emitir('cambio', { numero, propio, remoto }); }
}

/** Mensajes escritos que el servidor aún no confirmó: sobreviven a una recarga. */
export class BandejaDeSalida {
  #clave;

  constructor(agente) { this.#clave = `salida.${agente}`; }

  listar() { return leer(this.#clave) ?? []; }

  guardar(envio) { guardar(this.#clave, [...this.listar().filter((e) => e.clienteId !== envio.clienteId), envio]); }

  quitar(clienteId) {
    const quedan = this.listar();
    if (quedan.some((e) => e.clienteId === clienteId)) guardar(this.#clave, quedan.filter((e) => e.clienteId !== clienteId));
  }
}
