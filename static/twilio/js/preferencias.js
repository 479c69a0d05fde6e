// Lo que este navegador recuerda, y los gustos del agente. Sin almacenamiento local, dura la visita.
import { Emisor } from './util/emisor.js';

export const PREFIJO = 'bandeja.';
const DE_FABRICA = { tema: 'sistema', sonido: true, notificaciones: false, enterEnvia: true, primeroNoLeidos: false, confirmarLectura: true, mostrarEscribiendo: true };
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
