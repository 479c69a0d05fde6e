// Las respuestas rápidas del agente y del equipo: se piden cuando hacen falta, se buscan y se rellenan; no pinta nada.
import { Emisor } from './util/emisor.js';
import { plegar } from './util/numero.js';

const FRESCAS = 60_000;
const RUTA = '/api/respuestas-rapidas';

/** @typedef {{id: number, atajo: string, texto: string, compartida: boolean}} Respuesta */

export class Respuestas extends Emisor {
  #api; #cuando = 0; #pedido = null;
  /** @type {Respuesta[]} */
  todas = [];

  /** @param {Pick<Piezas, 'api'>} piezas */
  constructor({ api }) {
    super();
    this.#api = api;
  }

  /** Otra pantalla pudo cambiarlas: lo guardado vale un minuto. */
  cargar() {
    if (Date.now() - this.#cuando < FRESCAS) return Promise.resolve();
    this.#pedido ??= this.#api.pedir(RUTA).then(({ respuestas }) => this.#poner(respuestas)).finally(() => { this.#pedido = null; });
    return this.#pedido;
  }

  /** @param {number|null} id null crea una nueva @param {{atajo: string, texto: string, compartida: boolean}} datos */
  async guardar(id, datos) {
    const ruta = id === null ? RUTA : `${RUTA}/${id}`;
    const { respuesta } = await this.#api.pedir(ruta, { metodo: id === null ? 'POST' : 'PUT', cuerpo: datos });
    this.#poner([...this.todas.filter((r) => r.id !== respuesta.id), respuesta]);
  }

  /** @param {number} id */
  async borrar(id) {
    await this.#api.pedir(`${RUTA}/${id}`, { metodo: 'DELETE' });
    this.#poner(this.todas.filter((r) => r.id !== id));
  }

  #poner(respuestas) {
    this.todas = respuestas.sort((a, b) => a.atajo.localeCompare(b.atajo, 'es'));
    this.#cuando = Date.now();
    this.emitir('cambio');
  }

  /** Primero las que empiezan así; luego las que lo llevan en el texto. @param {string} buscado */
  buscar(buscado) {
    const plano = plegar(buscado);
    const porAtajo = this.todas.filter((r) => plegar(r.atajo).startsWith(plano));
    const porTexto = this.todas.filter((r) => !porAtajo.includes(r) && (plegar(r.atajo).includes(plano) || plegar(r.texto).includes(plano)));
    return [...porAtajo, ...porTexto];
  }
}

/** Pone los datos en {nombre} y {agente}; sin nombre conocido, la frase queda bien sin él. @param {string} texto @param {Record<string, string>} datos */
export function rellenar(texto, datos) {
  return texto.replace(/( ?)\{(nombre|agente)\}/giu, (_todo, espacio, cual) => {
    const dato = datos[cual.toLowerCase()];
    return dato ? espacio + dato : '';
  });
}
