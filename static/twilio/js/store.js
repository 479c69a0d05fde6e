// La memoria de la pantalla, entre la red y las vistas: conversaciones por número y mensajes por seq.
// No pide nada a nadie; avisa con «lista», «mensajes» con el número y «llegada» {mensaje, conversacion}.
import { Historia, avanza, comparar, compararConversaciones, fundirConversacion, leerConversacion, leerMensaje, manda, mensajePropio, numeroDeChat, resumen } from './mensajes.js';
import { Emisor } from './util/emisor.js';

const CHATS_EN_MEMORIA = 25;

export class Store extends Emisor {
  #conversaciones = new Map(); #historias = new Map(); #ordenadas = null; #llamados = new Set();

  constructor(agente) { super(); this.agente = agente; }

  // --- Conversaciones

  /** La más reciente primero. */
  get conversaciones() { return this.#ordenadas ??= [...this.#conversaciones.values()].sort(compararConversaciones); }

  conversacion(numero) { return this.#conversaciones.get(numero); }

  /** Una página de la lista, o lo que cambió. @param {number} [salio] cuándo se preguntó */
  guardarConversaciones(porNumero, salio = Infinity) {
    const crudas = Object.values(porNumero ?? {});
    for (const crudo of crudas) {
      const nueva = leerConversacion(crudo);
      this.#conversaciones.set(nueva.numero, fundirConversacion(this.#conversaciones.get(nueva.numero), nueva));
    }
    this.#avisarLista();
    this.emitir('guardadas', { crudas, salio });
  }

  cambiarConversacion(numero, cambios) {
    const antes = this.#conversaciones.get(numero);
    if (!antes) return;
    this.#conversaciones.set(numero, { ...antes, ...cambios });
    this.#avisarLista();
  }

  /** Fijada y silenciada, como las dice el servidor. @param {string} numero @param {{pinned?: boolean, muted?: boolean}} dichas */
  ajustar(numero, { pinned, muted }) {
    const antes = this.conversacion(numero);
    if (antes) this.cambiarConversacion(numero, { fijada: pinned ?? antes.fijada, silenciada: muted ?? antes.silenciada });
  }

  quitarConversacion(numero) {
    this.#historias.delete(numero);
    if (!this.#conversaciones.delete(numero)) return;
    this.#avisarLista();
    this.emitir('quitada', numero);
  }

  vaciar() {
    this.#conversaciones.clear();
    for (const historia of this.#historias.values()) historia.olvidar();
    this.#avisarLista();
  }

  /** Lo cargado de un chat, y lo anunciado, ya no valen: la próxima vez se pide entero. */
  olvidar(numero) {
    const historia = this.historia(numero);
    historia.olvidar();
    historia.recientes = [];
    const conversacion = this.conversacion(numero);
    if (conversacion) conversacion.ultimo = { ...conversacion.ultimo, anunciado: undefined };
    this.#avisarMensajes(numero);
  }

  // --- Mensajes

  historia(numero) {
    const historia = this.#historias.get(numero) ?? new Historia();
    this.#historias.delete(numero);
    this.#historias.set(numero, historia);
    this.#soltarViejas();
    return historia;
  }

  /** Se olvidan los chats que hace más tiempo no se abren, salvo lo que aún no salió. */
  #soltarViejas() {
    if (this.#historias.size <= CHATS_EN_MEMORIA) return;
    const [numero, historia] = this.#historias.entries().next().value;
    if (!historia.mensajes.some((m) => m.seq === null)) this.#historias.delete(numero);
  }

  /** La página más nueva. Si no toca lo que había, hay un hueco y se empieza de nuevo. */
  ponerPaginaNueva(numero, pagina) {
    const { historia, llegados, continua } = this.#leerPagina(numero, pagina);
    if (!continua && !historia.enVivo) return; // se está leyendo un tramo de atrás: no se le quita de delante
    if (!continua) { historia.olvidar(); historia.hayMas = pagina.has_more; }
    Object.assign(historia, { cargada: true, enVivo: true });
    for (const mensaje of llegados) historia.juntar(mensaje);
    this.#juntarRecientes(historia, llegados.at(-1));
    this.#avisarMensajes(numero);
  }

  /** Lo que se anunció mientras la página venía en camino: ella no lo trae y sin esto se perdería. */
  #juntarRecientes(historia, ultimo) {
    for (const hecho of historia.recientes.splice(0)) {
      if (hecho.message_id) this.recibirEstado(hecho);
      else if (!ultimo || comparar(hecho, ultimo) > 0) historia.juntar(hecho);
    }
  }

  /** Una página y si toca lo que ya había. */
  #leerPagina(numero, pagina) {
    const historia = this.historia(numero);
    if (!pagina.has_more) historia.completa = pagina.history_complete ?? true;
    const llegados = pagina.twilio_messages.map((m) => leerMensaje(m, numero));
    return { historia, llegados, continua: historia.cargada && llegados.some((m) => m.seq !== null && historia.porSeq(m.seq)) };
  }

  #juntarTodos(historia, llegados, numero) {
    for (const mensaje of llegados) historia.juntar(mensaje);
    this.#avisarMensajes(numero);
  }

  /** Un chat al que se llegó por su dirección y aún no está en la lista. */
  anotarDesdePagina(numero, pagina) {
    const ultimo = pagina.twilio_messages.at(-1);
    const { nombre, unread_count, total: message_count, window_until } = pagina;
    if (!ultimo) return;
    this.#actualizarConMensaje(numero, leerMensaje(ultimo, numero), { nombre, unread_count, message_count, window_until });
    this.cambiarConversacion(numero, { fuente: pagina.source });
  }

  ponerPaginaAnterior(numero, pagina) {
    const { historia, llegados } = this.#leerPagina(numero, pagina);
    historia.hayMas = pagina.has_more;
    this.#juntarTodos(historia, llegados, numero);
  }

  /** Lo que rodea a un mensaje. Si no toca lo que había, queda solo, sin unir con lo último. */
  ponerTramo(numero, pagina) {
    const { historia, llegados, continua } = this.#leerPagina(numero, pagina);
    const enVivo = continua ? historia.enVivo || !pagina.has_newer : !pagina.has_newer;
    if (!continua) historia.olvidar();
    Object.assign(historia, { cargada: true, enVivo, hayMas: pagina.has_more });
    this.#juntarTodos(historia, llegados, numero);
  }

  /** Lo que sigue a un tramo de atrás, hasta unirse con lo último. */
  ponerPaginaSiguiente(numero, pagina) {
    const historia = this.historia(numero);
    for (const crudo of pagina.twilio_messages) historia.juntar(leerMensaje(crudo, numero));
    historia.enVivo = !pagina.has_newer && (historia.ultimoConSeq?.seq ?? 0) >= historia.perdido;
    this.#avisarMensajes(numero);
  }

  /** Un tramo de atrás que se deja: la próxima vez el chat se abre por lo último. */
  soltarTramo(numero) {
    const historia = this.#historias.get(numero);
    if (historia && !historia.enVivo) historia.olvidar();
  }

  /** Un mensaje que anuncia el servidor, nuevo o repetido. @param {any} crudo evento new_message */
  recibirMensaje(crudo) {
    const numero = numeroDeChat(crudo.numero ?? crudo.chat_id);
    const mensaje = leerMensaje(crudo, numero);
    const historia = this.#historias.get(numero);
    for (const seq of crudo.replaces ?? []) this.#quitarSeq(historia, seq);
    historia?.anotarReciente(mensaje);
    this.#juntarSiCargada(historia, mensaje);
    this.#actualizarConMensaje(numero, mensaje, crudo);
    this.#avisarMensajes(numero);
    this.#llamar(mensaje);
  }

  /** Una vez por mensaje, lo traiga antes su anuncio, la lista, su página o los cambios. */
  #llamar(mensaje) {
    if (this.#llamados.has(mensaje.seq)) return;
    this.#llamados.add(mensaje.seq);
    this.emitir('llegada', { mensaje, conversacion: this.conversacion(mensaje.numero) });
  }

  /** Un mensaje que cambió después de llegar: su archivo, una reacción, una edición. No llama a nadie. @param {any} crudo evento message_update */
  recibirCambio(crudo) {
    const mensaje = leerMensaje(crudo, numeroDeChat(crudo.numero));
    const historia = this.#historias.get(mensaje.numero);
    historia?.anotarReciente(mensaje);
    const ultimo = historia?.cargada && historia.enVivo ? historia.ultimoConSeq : null;
    if (historia?.porSeq(mensaje.seq) || (ultimo && comparar(mensaje, ultimo) > 0)) historia.juntar(mensaje); // una llamada que suena llega así
    const conversacion = this.conversacion(mensaje.numero);
    if (conversacion && mensaje.seq >= (conversacion.ultimo.seq ?? 0) && manda(conversacion.ultimo, mensaje)) this.cambiarConversacion(mensaje.numero, { ultimo: resumen(historia?.porSeq(mensaje.seq) ?? mensaje) });
    this.#avisarMensajes(mensaje.numero);
  }

  #quitarSeq(historia, seq) {
    if (historia) historia.recientes = historia.recientes.filter((h) => h.seq !== seq);
    const sobra = historia?.porSeq(seq);
    if (sobra) historia.quitar(sobra.clave);
  }

  /** En un chat sin cargar no se guarda nada suelto: se leería con huecos. @returns {boolean} si no se conocía */
  #juntarSiCargada(historia, mensaje) {
    const cabe = historia && ((historia.cargada && historia.enVivo) || historia.obtener(mensaje.clave) || historia.porSeq(mensaje.seq));
    // Uno recuperado de más atrás de lo cargado dejaría un hueco: ya vendrá con su página.
    if (cabe && historia.hayMas && !historia.porSeq(mensaje.seq) && comparar(mensaje, historia.primeroConSeq ?? mensaje) < 0) return false;
    if (cabe) return historia.juntar(mensaje);
    if (historia?.cargada) historia.perdido = Math.max(historia.perdido, mensaje.seq ?? 0);
    const ultimo = this.conversacion(mensaje.numero)?.ultimo;
    return !ultimo || ultimo.seq === null ? (ultimo?.fecha ?? '') < mensaje.fecha : ultimo.seq < mensaje.seq;
  }

  #actualizarConMensaje(numero, mensaje, crudo) {
    const antes = this.#conversaciones.get(numero) ?? leerConversacion({ numero, nombre: crudo.nombre, oculto: numero.includes('@') });
    const vigente = this.#historias.get(numero)?.obtener(mensaje.clave) ?? mensaje;
    this.#conversaciones.set(numero, {
      ...antes, nombre: crudo.nombre || antes.nombre, ultimo: manda(antes.ultimo, vigente) ? { ...resumen(vigente), anunciado: performance.now() } : antes.ultimo,
      sinLeer: crudo.unread_count ?? antes.sinLeer, total: crudo.message_count ?? antes.total, fijada: crudo.pinned ?? antes.fijada, silenciada: crudo.muted ?? antes.silenciada,
      fuente: mensaje.propio ? antes.fuente : crudo.source ?? antes.fuente, ventanaHasta: crudo.window_until === undefined ? antes.ventanaHasta : crudo.window_until,
    });
    this.#avisarLista();
  }

  /** El mensaje entero de una respuesta REST. */
  guardarMensaje(crudo, numero) {
    const mensaje = leerMensaje(crudo, numero);
    const historia = this.historia(numero);
    historia.anotarReciente(mensaje);
    historia.juntar(mensaje);
    const vigente = historia.porSeq(mensaje.seq) ?? mensaje;
    const conversacion = this.conversacion(numero);
    if (conversacion && manda(conversacion.ultimo, vigente)) this.cambiarConversacion(numero, { ultimo: resumen(vigente) });
    this.#avisarMensajes(numero);
  }

  /** @param {any} crudo evento message_status */
  recibirEstado(crudo) {
    const numero = numeroDeChat(crudo.numero);
    const historia = this.#historias.get(numero);
    const antes = historia?.porSeq(crudo.seq) ?? historia?.porId(crudo.message_id) ?? historia?.obtener(`c${crudo.client_id}`);
    if (antes && avanza(antes.estado, crudo.status)) {
      const ahora = historia.cambiar(antes.clave, {
        estado: crudo.status, error: crudo.error ?? null, id: crudo.message_id || antes.id, enEspera: false,
        pasos: { ...antes.pasos, [crudo.status]: crudo.timestamp },
      });
      this.#tocarUltimo(ahora);
      this.#avisarMensajes(numero);
    } else if (!antes) {
      historia?.anotarReciente(crudo);
      this.#tocarUltimo({ numero, seq: crudo.seq ?? null, estado: crudo.status });
    }
  }

  /** Si es el último del chat, su paloma también cambia en la lista. */
  #tocarUltimo({ numero, seq, estado }) {
    const conversacion = this.conversacion(numero);
    if (!conversacion || seq === null || conversacion.ultimo.seq !== seq) return;
    if (avanza(conversacion.ultimo.estado, estado)) this.cambiarConversacion(numero, { ultimo: { ...conversacion.ultimo, estado } });
  }

  // --- Lo que aún no salió de aquí

  ponerPropio(envio) {
    const mensaje = mensajePropio({ ...envio, agente: this.agente });
    this.historia(envio.numero).juntar(mensaje);
    const conversacion = this.conversacion(envio.numero);
    if (conversacion) this.cambiarConversacion(envio.numero, { ultimo: resumen(mensaje) });
    this.#avisarMensajes(envio.numero);
    return mensaje;
  }

  cambiarMensaje(numero, clave, cambios) {
    const ahora = this.historia(numero).cambiar(clave, cambios);
    const ultimo = this.conversacion(numero)?.ultimo;
    if (ahora && ultimo && manda(ultimo, ahora)) this.cambiarConversacion(numero, { ultimo: resumen(ahora) });
    this.#avisarMensajes(numero);
    return ahora;
  }

  quitarMensaje(numero, clave) {
    this.historia(numero).quitar(clave);
    const ultimo = this.historia(numero).ultimo;
    if (ultimo && this.conversacion(numero)) this.cambiarConversacion(numero, { ultimo: resumen(ultimo) });
    this.#avisarMensajes(numero);
  }

  // --- Ponerse al día

  /** @param {any} cambios respuesta de /api/cambios */
  aplicarCambios(cambios) {
    const llegados = (cambios.mensajes ?? []).map((crudo) => leerMensaje(crudo));
    for (const m of llegados) this.#historias.get(m.numero)?.anotarReciente(m);
    const nuevos = llegados.filter((m) => this.#juntarSiCargada(this.#historias.get(m.numero), m));
    this.guardarConversaciones(cambios.conversaciones, cambios.salio);
    for (const m of llegados) this.#anotarUltimo(m);
    for (const numero of cambios.quitadas ?? []) this.quitarConversacion(String(numero));
    for (const numero of new Set(llegados.map((m) => m.numero))) this.#avisarMensajes(numero);
    for (const mensaje of nuevos) this.#llamar(mensaje);
  }

  /** El servidor lee los mensajes después que las conversaciones: pueden traer uno que ellas aún no dicen. */
  #anotarUltimo(mensaje) {
    const ultimo = this.conversacion(mensaje.numero)?.ultimo;
    if (!ultimo || mensaje.seq <= (ultimo.seq ?? 0) || !manda(ultimo, mensaje)) return;
    this.cambiarConversacion(mensaje.numero, { ultimo: { ...resumen(mensaje), anunciado: performance.now() } });
  }

  #avisarLista() { this.#ordenadas = null; this.emitir('lista'); }
  #avisarMensajes(numero) { this.emitir('mensajes', numero); }
}
