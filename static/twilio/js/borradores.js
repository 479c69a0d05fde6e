// Los borradores, uno por chat: los de este navegador y su copia en el servidor, que los lleva a otras pantallas.
// Lo que aquí aún no subió nunca se pisa con algo más viejo; lo que no sube por falta de red queda apuntado.
import { ErrorApi } from './api.js';
import { PREFIJO, guardar, leer } from './preferencias.js';
import { elemento } from './util/dom.js';
import { Emisor } from './util/emisor.js';

const ESPERA = 800;
const TECLEANDO = 400;
const VIDA_DEL_ECO = 10_000;

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

/** Lo escrito aquí sube cuando se deja de teclear y lo de otra pantalla baja. */
export class BorradoresServidor {
  #api; #borradores; #abierto; #clave; #pendientes; #relojes = new Map(); #subiendo = new Set(); #ecos = new Map(); #noticias = new Map(); #tecla = 0;

  /** @param {Pick<Piezas, 'api' | 'store' | 'borradores' | 'abierto'> & {agente: string}} piezas */
  constructor({ api, store, borradores, abierto, agente }) {
    this.#api = api;
    this.#borradores = borradores;
    this.#abierto = abierto;
    this.#clave = `pendientes.${agente}`;
    this.#pendientes = new Set(leer(this.#clave) ?? []);
    borradores.oir('cambio', ({ numero, propio }) => { if (propio) this.#alEscribir(numero); });
    store.oir('guardadas', ({ crudas, salio }) => {
      for (const item of crudas) if ('draft' in item) this.#recibirDePagina(String(item.numero), item.draft ?? '', salio);
    });
    elemento('texto').addEventListener('input', () => { this.#tecla = Date.now(); });
  }

  #alEscribir(numero) {
    this.#pendientes.add(numero);
    guardar(this.#clave, [...this.#pendientes]);
    clearTimeout(this.#relojes.get(numero));
    this.#relojes.set(numero, setTimeout(() => this.#subir(numero), ESPERA));
  }

  /** Vuelve la conexión: sube lo que quedó apuntado. */
  reanudar() { for (const numero of this.#pendientes) if (!this.#relojes.has(numero)) this.#subir(numero); }

  /** De a una por chat: si mientras tanto se escribió más, sube otra vez. */
  async #subir(numero) {
    this.#relojes.delete(numero);
    if (this.#subiendo.has(numero)) return;
    const texto = this.#borradores.de(numero);
    this.#subiendo.add(numero);
    try {
      this.#esperarEco(numero, texto);
      await this.#api.pedir(`/api/borrador/${encodeURIComponent(numero)}`, { metodo: 'PUT', cuerpo: { texto } });
      this.#noticias.set(numero, performance.now());
      if (this.#borradores.de(numero) === texto) this.#olvidar(numero);
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (error.estado === 400 || error.estado === 403) this.#olvidar(numero);
      return;
    } finally {
      this.#subiendo.delete(numero);
    }
    if (this.#pendientes.has(numero) && !this.#relojes.has(numero)) this.#subir(numero);
  }

  #olvidar(numero) {
    this.#pendientes.delete(numero);
    guardar(this.#clave, [...this.#pendientes]);
  }

  /** Lo que sube vuelve como anuncio a todas las pantallas, también a esta. */
  #esperarEco(numero, texto) {
    const vivos = (this.#ecos.get(numero) ?? []).filter((eco) => Date.now() - eco.en < VIDA_DEL_ECO);
    this.#ecos.set(numero, [...vivos, { texto, en: Date.now() }]);
  }

  #esEco(numero, texto) {
    const ecos = this.#ecos.get(numero) ?? [];
    const puesto = ecos.findIndex((eco) => eco.texto === texto);
    if (puesto >= 0) this.#ecos.set(numero, ecos.slice(puesto + 1));
    return puesto >= 0;
  }

  /** Un borrador que anuncia el servidor. @param {string} numero @param {string} texto */
  recibir(numero, texto) {
    this.#noticias.set(numero, performance.now());
    if (!this.#esEco(numero, texto)) this.#aceptar(numero, texto);
  }

  /** Una página que se pidió antes de la última noticia de ese borrador trae uno más viejo. */
  #recibirDePagina(numero, texto, salio) {
    if (salio > (this.#noticias.get(numero) ?? 0)) this.#aceptar(numero, texto);
  }

  #aceptar(numero, texto) {
    if (this.#pendientes.has(numero)) return;
    if (numero === this.#abierto() && Date.now() - this.#tecla < TECLEANDO) return;
    this.#borradores.recibir(numero, texto);
  }
}
