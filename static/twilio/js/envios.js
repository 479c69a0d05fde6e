// Lo que el agente escribió, hasta que el servidor lo acepta o dice por qué no: en orden por chat y sin perder una letra.
import { ErrorApi } from './api.js';
import { guardar, leer } from './preferencias.js';
import { identificador } from './util/dom.js';
import { Emisor } from './util/emisor.js';

const CADUCA = 10 * 60_000;
const OLVIDO = 7 * 86_400_000;
const VIEJO = 'No salió: se perdió la conexión.';

export class Envios extends Emisor {
  #api; #store; #salida; #colas = new Map(); #esperando = new Map(); #fallidos = new Map();

  constructor({ api, store, salida }) {
    super();
    this.#api = api;
    this.#store = store;
    this.#salida = salida;
    addEventListener('online', () => this.reanudar());
    store.oir('quitada', (numero) => { for (const envio of this.#fallidos.values()) if (envio.numero === numero) this.devolver(envio); });
  }

  /**
   * Pone la burbuja ya mismo y la manda detrás de las anteriores del mismo chat.
   * @param {{tipo?: string, datos?: any, pedido?: any}} [contenido] lo que no es texto: cómo se ve y cómo se pide
   */
  enviar(numero, texto, citado = null, contenido = {}) {
    const contacto = this.#store.conversacion(numero)?.nombre;
    const envio = { numero, contacto, texto, citado, clienteId: identificador(), fecha: new Date().toISOString().replace('Z', '+00:00'), ...contenido };
    this.#salida.guardar(envio);
    this.#store.ponerPropio(envio);
    return this.#encolar(envio);
  }

  /** Lo que quedó de una visita anterior: lo reciente sale solo, lo viejo espera una decisión. */
  recuperar() {
    for (const envio of this.#salida.listar()) {
      const edad = Date.now() - Date.parse(envio.fecha);
      if (edad > OLVIDO) { this.#salida.quitar(envio.clienteId); continue; }
      if (envio.devuelto) { this.devolver(envio); continue; }
      this.#store.ponerPropio(envio);
      if (edad < CADUCA) { this.#encolar(envio); continue; }
      this.#fallar(envio, VIEJO);
      this.#comprobar(envio);
    }
  }

  /** De lo viejo nadie ha preguntado si su chat sigue siendo de este agente; si no, nadie vería la burbuja. */
  async #comprobar(envio) {
    try {
      await this.#api.conversacion(envio.numero, { limit: 1 });
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (error.estado === 403) this.devolver(envio);
    }
  }

  /** Vuelve la conexión: sale lo que esperaba. */
  reanudar() {
    const pendientes = [...this.#esperando.values()];
    this.#esperando.clear();
    for (const envio of pendientes) {
      if (Date.now() - Date.parse(envio.fecha) < CADUCA) this.#encolar(envio);
      else this.#fallar(envio, VIEJO);
    }
  }

  async reintentar(mensaje) {
    this.#store.cambiarMensaje(mensaje.numero, mensaje.clave, { estado: 'pending', error: null });
    if (mensaje.local) { this.emitir('resubir', mensaje); return undefined; }
    if (mensaje.seq === null) return this.#encolar(this.#salida.listar().find((e) => e.clienteId === mensaje.clienteId) ?? mensaje);
    try {
      const respuesta = await this.#api.reintentar(mensaje.seq);
      if (respuesta.message) this.#store.guardarMensaje(respuesta.message, mensaje.numero);
    } catch (error) {
      this.#alFallarReintento(mensaje, error);
    }
  }

  #alFallarReintento(mensaje, error) {
    if (!(error instanceof ErrorApi)) throw error;
    if (error.datos?.message) this.#store.guardarMensaje(error.datos.message, mensaje.numero);
    else this.#store.cambiarMensaje(mensaje.numero, mensaje.clave, { estado: mensaje.estado, error: error.message });
  }

  /** Saca del chat un mensaje que nunca salió de aquí y devuelve lo que estaba escrito. */
  retirar(mensaje) {
    this.#esperando.delete(mensaje.clienteId);
    this.#fallidos.delete(mensaje.clienteId);
    this.#salida.quitar(mensaje.clienteId);
    this.#store.quitarMensaje(mensaje.numero, mensaje.clave);
    this.emitir('retirado', mensaje);
    return mensaje.tipo === 'text' || mensaje.local ? mensaje.texto : '';
  }

  /** El chat ya no es de este agente y su burbuja se fue con él: el texto queda guardado hasta que lo suelte. */
  devolver(envio) {
    this.#fallidos.delete(envio.clienteId);
    this.#salida.guardar({ ...envio, devuelto: true });
    this.emitir('devuelto', envio);
  }

  soltar(envio) { this.#salida.quitar(envio.clienteId); }

  #encolar(envio) {
    this.#fallidos.delete(envio.clienteId);
    const anterior = this.#colas.get(envio.numero) ?? Promise.resolve();
    const propia = anterior.then(() => this.#mandar(envio)).catch((error) => console.error(error)); // un tropiezo de la pantalla no detiene a los que siguen
    this.#colas.set(envio.numero, propia);
    return propia;
  }

  async #mandar(envio) {
    if ([...this.#esperando.values()].some((otro) => otro.numero === envio.numero)) { this.#esperar(envio); return; } // detrás de los que ya esperan
    try {
      const respuesta = await this.#api.enviar(envio);
      this.#salida.quitar(envio.clienteId);
      if (respuesta.message) this.#store.guardarMensaje(respuesta.message, envio.numero);
      else this.#store.cambiarMensaje(envio.numero, `c${envio.clienteId}`, { estado: 'sent', id: respuesta.message_id, enEspera: false });
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      this.#alFallar(envio, error);
    }
  }

  #alFallar(envio, error) {
    if (error.datos?.message) {
      this.#salida.quitar(envio.clienteId);
      this.#store.guardarMensaje(error.datos.message, envio.numero);
    } else if (error.sinRed || error.estado === 401) this.#esperar(envio); // con la sesión vencida sale al volver a entrar
    else this.#fallar(envio, error.message, error.estado === 403);
  }

  #esperar(envio) {
    this.#esperando.set(envio.clienteId, envio);
    this.#store.cambiarMensaje(envio.numero, `c${envio.clienteId}`, { estado: 'pending', enEspera: true });
    this.emitir('sin-red');
  }

  #fallar(envio, frase, ajeno = false) {
    const mensaje = this.#store.historia(envio.numero).obtener(`c${envio.clienteId}`);
    if (mensaje && mensaje.seq !== null) { this.#salida.quitar(envio.clienteId); return; } // el servidor sí lo tiene: él dirá cómo quedó
    this.#fallidos.set(envio.clienteId, envio);
    if (mensaje) this.#store.cambiarMensaje(envio.numero, mensaje.clave, { estado: 'failed', error: frase, enEspera: false });
    if (!mensaje || ajeno) this.devolver(envio);
  }
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
