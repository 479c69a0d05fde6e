// Qué es un mensaje para la pantalla y cómo se juntan dos noticias del mismo; no pide nada ni pinta nada.

/**
 * @typedef {object} Mensaje
 * @property {string} clave identidad estable en la pantalla, la misma antes y después de que el servidor lo acepte
 * @property {number|null} seq clave del servidor; null mientras solo existe aquí
 * @property {string|null} clienteId
 * @property {string} numero conversación a la que pertenece
 * @property {boolean} propio salió de nuestra línea
 * @property {string} texto
 * @property {string} fecha ISO 8601
 * @property {string} estado pending|sent|delivered|read|played|failed|unknown
 * @property {string} tipo
 * @property {string|null} mediaUrl
 * @property {string|null} agente
 * @property {string|null} agenteNombre
 * @property {string} origen customer|agent|phone|api
 * @property {{id: string, texto: string, tipo: string, propio: boolean}|null} citado
 * @property {string|null} error
 * @property {string} id el del proveedor
 * @property {boolean} enEspera saldrá solo cuando vuelva la conexión
 */

const RANGO = { pending: 0, failed: 1, unknown: 1, sent: 2, delivered: 3, read: 4, played: 5 };
const FALLIDOS = new Set(['failed', 'unknown']);
const texto = (valor) => (valor === null || valor === undefined ? '' : String(valor));

/** Dígitos de «573…@s.whatsapp.net»; otras identidades se quedan como vienen. @param {unknown} chat */
export const numeroDeChat = (chat) => texto(chat).replace(/@(s\.whatsapp\.net|c\.us)$/, '').replace(/^\+/, '');

/** Lo que llega por REST o por el socket, como Mensaje. @param {any} crudo @param {string} [numero] @returns {Mensaje} */
export function leerMensaje(crudo, numero) {
  const clienteId = crudo.client_id ? texto(crudo.client_id) : null;
  const seq = Number.isFinite(crudo.seq) ? crudo.seq : null;
  const id = texto(crudo.id ?? crudo.message_id);
  return {
    clave: clienteId ? `c${clienteId}` : `s${seq ?? id}`,
    seq, clienteId, id,
    numero: numero ?? numeroDeChat(crudo.numero ?? crudo.chat_id),
    propio: crudo.direction !== 'inbound',
    texto: texto(crudo.body),
    fecha: texto(crudo.date_sent ?? crudo.timestamp),
    estado: crudo.status in RANGO ? crudo.status : 'sent',
    tipo: texto(crudo.type) || 'text',
    mediaUrl: crudo.media_url ? texto(crudo.media_url) : null,
    agente: crudo.agent ?? null,
    agenteNombre: crudo.agent_name ?? null,
    origen: texto(crudo.origin),
    citado: leerCita(crudo.quoted),
    error: crudo.error ? texto(crudo.error) : null,
    enEspera: false,
  };
}

function leerCita(crudo) {
  if (!crudo || typeof crudo !== 'object') return null;
  return { id: texto(crudo.id), texto: texto(crudo.body), tipo: texto(crudo.type) || 'text', propio: Boolean(crudo.from_me) };
}

/** El mensaje que se acaba de escribir aquí. @returns {Mensaje} */
export function mensajePropio({ numero, texto: cuerpo, clienteId, fecha, agente }) {
  return {
    clave: `c${clienteId}`, seq: null, clienteId, id: '', numero, propio: true, texto: cuerpo, fecha, estado: 'pending', tipo: 'text',
    mediaUrl: null, agente, agenteNombre: null, origen: 'agent', citado: null, error: null, enEspera: false,
  };
}

/** ¿Puede un mensaje pasar de un estado a otro? Nunca hacia atrás. @param {string} de @param {string} a */
export function avanza(de, a) {
  if (FALLIDOS.has(a)) return RANGO[de] <= RANGO.sent;
  return RANGO[a] >= RANGO[de];
}

/** Lo nuevo sobre lo que había, sin que el estado retroceda. @param {Mensaje|undefined} antes @param {Mensaje} ahora */
export function fundir(antes, ahora) {
  if (!antes) return ahora;
  const estado = avanza(antes.estado, ahora.estado) ? ahora.estado : antes.estado;
  const error = FALLIDOS.has(estado) ? ahora.error ?? antes.error : null;
  return { ...ahora, clave: antes.clave, seq: ahora.seq ?? antes.seq, id: ahora.id || antes.id, estado, error };
}

/** El orden del chat: hora del proveedor y luego llegada; lo que aún no salió, al final. @param {Mensaje} a @param {Mensaje} b */
export function comparar(a, b) {
  if ((a.seq === null) !== (b.seq === null)) return a.seq === null ? 1 : -1;
  if (a.fecha !== b.fecha) return a.fecha < b.fecha ? -1 : 1;
  return (a.seq ?? 0) - (b.seq ?? 0);
}

/** Los mensajes conocidos de una conversación, en orden y sin repetidos. */
export class Historia {
  #porClave = new Map(); #claveDeSeq = new Map(); #orden = [];
  cargada = false;
  hayMas = false;

  /** @returns {Mensaje[]} */
  get mensajes() { return this.#orden; }
  get ultimo() { return this.#orden.at(-1); }

  /** El más viejo que el servidor conoce. */
  get primeroConSeq() { return this.#orden.find((m) => m.seq !== null); }

  /** @param {string} clave @returns {Mensaje|undefined} */
  obtener(clave) { return this.#porClave.get(clave); }

  /** @param {number} seq @returns {Mensaje|undefined} */
  porSeq(seq) { return this.#porClave.get(this.#claveDeSeq.get(seq)); }

  /** @param {string} id @returns {Mensaje|undefined} */
  porId(id) { return this.#orden.findLast((m) => m.id === id); }

  /** Devuelve si era nuevo. @param {Mensaje} llegado */
  juntar(llegado) {
    const antes = (llegado.seq !== null && this.porSeq(llegado.seq)) || this.#porClave.get(llegado.clave);
    const fundido = fundir(antes, llegado);
    if (antes) this.#sacarDelOrden(antes);
    this.#porClave.set(fundido.clave, fundido);
    if (fundido.seq !== null) this.#claveDeSeq.set(fundido.seq, fundido.clave);
    this.#orden.splice(this.#sitio(fundido), 0, fundido);
    return !antes;
  }

  /** Cambia campos sin mover el mensaje. @param {string} clave @param {Partial<Mensaje>} cambios */
  cambiar(clave, cambios) {
    const antes = this.#porClave.get(clave);
    if (!antes) return null;
    const ahora = { ...antes, ...cambios };
    this.#porClave.set(clave, ahora);
    this.#orden[this.#orden.indexOf(antes)] = ahora;
    return ahora;
  }

  /** @param {string} clave */
  quitar(clave) {
    const mensaje = this.#porClave.get(clave);
    if (!mensaje) return;
    this.#sacarDelOrden(mensaje);
    this.#porClave.delete(clave);
    if (mensaje.seq !== null) this.#claveDeSeq.delete(mensaje.seq);
  }

  /** Olvida lo que vino del servidor y conserva lo que aún no salió. */
  olvidar() {
    const locales = this.#orden.filter((m) => m.seq === null);
    this.#porClave.clear();
    this.#claveDeSeq.clear();
    this.#orden = [];
    this.cargada = false;
    for (const mensaje of locales) this.juntar(mensaje);
  }

  #sacarDelOrden(mensaje) {
    const i = this.#orden.lastIndexOf(mensaje);
    if (i >= 0) this.#orden.splice(i, 1);
  }

  /** Casi siempre va al final: se busca desde allí. */
  #sitio(mensaje) {
    let desde = 0;
    let hasta = this.#orden.length;
    if (!hasta || comparar(this.#orden[hasta - 1], mensaje) <= 0) return hasta;
    while (desde < hasta) {
      const medio = (desde + hasta) >> 1;
      if (comparar(this.#orden[medio], mensaje) <= 0) desde = medio + 1;
      else hasta = medio;
    }
    return desde;
  }
}
