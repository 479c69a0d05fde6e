// Qué es un mensaje y qué es una conversación para la pantalla, y cómo se juntan dos noticias de lo mismo; no pide nada ni pinta nada.

const RANGO = { pending: 0, failed: 1, unknown: 1, sent: 2, delivered: 3, read: 4, played: 5 };
const FALLIDOS = new Set(['failed', 'unknown']);
const texto = (valor) => (valor === null || valor === undefined ? '' : String(valor));

/** Dígitos de «573…@s.whatsapp.net»; otras identidades se quedan como vienen. */
export const numeroDeChat = (chat) => texto(chat).replace(/@(s\.whatsapp\.net|c\.us)$/, '').replace(/^\+/, '');

/** Lo que llega por REST o por el socket, como Mensaje. */
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
    pasos: crudo.steps ?? {},
    enEspera: false,
    recuperado: Boolean(crudo.recovered), version: crudo.version ?? 0,
    datos: crudo.data ?? null, media: crudo.media ?? null, reacciones: crudo.reactions ?? [],
    editado: crudo.edited_at ?? null, borrado: crudo.deleted_at ?? null,
    editableHasta: crudo.can_edit_until ?? null, borrable: Boolean(crudo.can_delete), fuente: texto(crudo.source) || 'whapi',
  };
}

function leerCita(crudo) {
  if (!crudo || typeof crudo !== 'object') return null;
  return { id: texto(crudo.id), texto: texto(crudo.body), tipo: texto(crudo.type) || 'text', propio: Boolean(crudo.from_me) };
}

/** El mensaje que se acaba de escribir aquí. */
export function mensajePropio({ numero, texto: cuerpo, clienteId, fecha, agente, citado = null, tipo = 'text', datos = null, local = null }) {
  return {
    clave: `c${clienteId}`, seq: null, clienteId, id: '', numero, propio: true, texto: cuerpo, fecha, estado: 'pending', tipo,
    datos, local, media: null, reacciones: [], editado: null, borrado: null, editableHasta: null, borrable: false, fuente: '', version: 0,
    mediaUrl: null, agente, agenteNombre: null, origen: 'agent', citado, error: null, pasos: {}, enEspera: false,
  };
}

/** ¿Puede un mensaje pasar de un estado a otro? Nunca hacia atrás. */
export function avanza(de, a) {
  if (FALLIDOS.has(a)) return RANGO[de] <= RANGO.sent;
  return RANGO[a] >= RANGO[de];
}

/** Lo nuevo sobre lo que había, sin que el estado retroceda. */
function fundir(antes, ahora) {
  if (!antes) return ahora;
  const estado = avanza(antes.estado, ahora.estado) ? ahora.estado : antes.estado;
  const error = FALLIDOS.has(estado) ? ahora.error ?? antes.error : null;
  const pasos = { ...antes.pasos, ...ahora.pasos };
  const nuevo = antes.version > ahora.version ? antes : ahora; // una página que venía en camino no deshace una edición
  return { ...nuevo, pasos, clave: antes.clave, seq: ahora.seq ?? antes.seq, id: ahora.id || antes.id, estado, error };
}

/** El orden del chat: hora del proveedor y luego llegada; lo que aún no salió, al final. */
export function comparar(a, b) {
  if ((a.seq === null) !== (b.seq === null)) return a.seq === null ? 1 : -1;
  if (a.fecha !== b.fecha) return a.fecha < b.fecha ? -1 : 1;
  return (a.seq ?? 0) - (b.seq ?? 0);
}

/** Lo que llega por REST, como Conversacion. */
export function leerConversacion(crudo) {
  const numero = String(crudo.numero);
  return {
    clave: numero, numero, nombre: crudo.nombre || numero, oculto: Boolean(crudo.oculto),
    foto: crudo.profile_picture || null, sinLeer: crudo.unread_count ?? 0, total: crudo.message_count ?? 0,
    fijada: Boolean(crudo.pinned), silenciada: Boolean(crudo.muted), fuente: crudo.source ?? 'whapi', ventanaHasta: crudo.window_until ?? null,
    ultimo: {
      texto: crudo.last_message ?? '', fecha: crudo.last_message_time ?? '', tipo: crudo.last_type ?? 'text',
      propio: crudo.last_direction === 'outbound', estado: crudo.last_status ?? 'sent', seq: crudo.last_seq ?? null,
    },
  };
}

/** Lo que la lista recuerda de un mensaje. */
export const resumen = (m) => ({ texto: m.texto, fecha: m.fecha, tipo: m.borrado ? 'text' : m.tipo, propio: m.propio, estado: m.estado, seq: m.seq, clave: m.clave });

/** ¿Es este el mensaje que la lista debe mostrar? Uno recién escrito aquí lleva la hora de este equipo, que no manda. */
export const manda = (ultimo, m) => m.fecha >= ultimo.fecha || m.clave === ultimo.clave || (m.seq !== null && m.seq === ultimo.seq);

const EN_CAMINO = 20_000;
/** Lo anunciado hace un momento es más nuevo que una lista que ya venía en camino y no lo trae. */
const adelanta = (vivo, leido) => performance.now() - (vivo.anunciado ?? -EN_CAMINO) < EN_CAMINO && vivo.seq > (leido.seq ?? 0) && vivo.fecha >= leido.fecha;

/** Una conversación leída ahora sobre la que se tenía. */
export function fundirConversacion(antes, nueva) {
  if (!antes) return nueva;
  const { fusion, presencia, ultimo, sinLeer, total } = antes;
  const seq = nueva.ultimo.seq ?? (nueva.ultimo.fecha === ultimo.fecha ? ultimo.seq : null);
  return { ...nueva, ultimo: { ...nueva.ultimo, seq }, fusion, presencia, ...(adelanta(ultimo, nueva.ultimo) && { ultimo, sinLeer, total }) };
}

/** La más reciente primero. */
export function compararConversaciones(a, b) {
  if (a.ultimo.fecha !== b.ultimo.fecha) return a.ultimo.fecha < b.ultimo.fecha ? 1 : -1;
  return a.numero < b.numero ? -1 : 1;
}

const RECIENTES = 200;

/** Los mensajes conocidos de una conversación, en orden y sin repetidos. */
export class Historia {
  #porClave = new Map(); #claveDeSeq = new Map(); #orden = [];
  cargada = false;
  hayMas = false;
  /** WhatsApp tampoco tiene nada anterior a lo nuestro. */
  completa = true;
  /** Falso mientras lo cargado es un tramo de atrás, sin unir con lo último. */
  enVivo = true;
  /** Lo último que llegó mientras tanto. */
  perdido = 0;
  /** Lo anunciado hace poco: una página que venía en camino no lo trae. */
  recientes = [];

  anotarReciente(hecho) {
    this.recientes.push(hecho);
    if (this.recientes.length > RECIENTES) this.recientes.shift();
  }

  get mensajes() { return this.#orden; }
  get ultimo() { return this.#orden.at(-1); }

  /** El más viejo que el servidor conoce. */
  get primeroConSeq() { return this.#orden.find((m) => m.seq !== null); }
  get ultimoConSeq() { return this.#orden.findLast((m) => m.seq !== null); }

  obtener(clave) { return this.#porClave.get(clave); }

  porSeq(seq) { return this.#porClave.get(this.#claveDeSeq.get(seq)); }

  porId(id) { return this.#orden.findLast((m) => m.id === id); }

  /** Devuelve si era nuevo. */
  juntar(llegado) {
    const antes = (llegado.seq !== null && this.porSeq(llegado.seq)) || this.#porClave.get(llegado.clave);
    const fundido = fundir(antes, llegado);
    if (antes) this.#sacarDelOrden(antes);
    this.#porClave.set(fundido.clave, fundido);
    if (fundido.seq !== null) this.#claveDeSeq.set(fundido.seq, fundido.clave);
    this.#orden.splice(this.#sitio(fundido), 0, fundido);
    return !antes;
  }

  /** Cambia campos sin mover el mensaje. */
  cambiar(clave, cambios) {
    const antes = this.#porClave.get(clave);
    if (!antes) return null;
    const ahora = { ...antes, ...cambios };
    this.#porClave.set(clave, ahora);
    this.#orden[this.#orden.indexOf(antes)] = ahora;
    return ahora;
  }

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
    this.enVivo = true;
    this.perdido = 0;
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
