// La única puerta al servidor: cada verbo es una función y todo fallo es un ErrorApi con su frase.
// No guarda nada ni toca la pantalla.

export const BASE = '/twilio-chat';
const PLAZO_LEER = 15_000;
const PLAZO_ENVIAR = 60_000;

const FRASES = {
  0: 'No hay conexión con el servidor. Revisa tu internet.',
  401: 'Tu sesión terminó. Vuelve a entrar.',
  403: 'No tienes permiso para esto.',
  404: 'No se encontró lo que pediste.',
  413: 'Es demasiado grande para enviarlo.',
  429: 'Demasiados intentos seguidos. Espera un momento.',
  503: 'No hay conexión con la base de datos. Lo que escribiste no se pierde.',
  504: 'El proveedor de WhatsApp no respondió a tiempo.',
};

export class ErrorApi extends Error {
  constructor(frase, { estado = 0, datos = null, espera = 0, abortado = false } = {}) {
    super(frase);
    this.estado = estado;
    this.datos = datos;
    this.espera = espera;
    this.abortado = abortado;
  }

  get sinRed() { return this.estado === 0 && !this.abortado; }
}

/** El JSON de la respuesta, o null: un proxy puede contestar una página. */
async function leerCuerpo(respuesta) {
  try { return await respuesta.json(); } catch { return null; }
}

/** @param {{status: number, headers: Headers}} respuesta @param {any} datos lo que traía dentro, o null */
export function errorDe(respuesta, datos) {
  const frase = datos?.error || FRASES[respuesta.status] || 'El servidor tuvo un problema. Inténtalo de nuevo.';
  const espera = Number(respuesta.headers.get('Retry-After')) || 0;
  return new ErrorApi(frase, { estado: respuesta.status, datos, espera });
}

export class Api {
  #alPerderSesion = (_motivo) => {};

  /** @param {(motivo: string) => void} funcion se llama cuando el servidor deja de reconocer la sesión */
  alPerderSesion(funcion) { this.#alPerderSesion = funcion; }

  /**
   * @param {string} ruta
   * @param {{metodo?: string, cuerpo?: any, senal?: AbortSignal, plazo?: number, puerta?: boolean}} [opciones]
   *   `puerta`: la llamada es de la propia entrada, y su 401 no significa que se perdió la sesión
   */
  async pedir(ruta, { metodo = 'GET', cuerpo, senal, plazo = PLAZO_LEER, puerta = false } = {}) {
    const limite = AbortSignal.timeout(plazo);
    const salio = performance.now();
    try {
      const respuesta = await fetch(BASE + ruta, {
        method: metodo, signal: senal ? AbortSignal.any([senal, limite]) : limite, credentials: 'same-origin',
        headers: cuerpo === undefined ? { Accept: 'application/json' } : { Accept: 'application/json', 'Content-Type': 'application/json' },
        body: cuerpo === undefined ? undefined : JSON.stringify(cuerpo),
      });
      const datos = await leerCuerpo(respuesta);
      if (respuesta.ok && datos) return { ...datos, salio }; // de lo ocurrido después puede no saber nada
      throw errorDe(respuesta, datos);
    } catch (error) {
      throw this.#traducir(error, senal, puerta);
    }
  }

  #traducir(error, senal, puerta) {
    if (!(error instanceof ErrorApi)) return new ErrorApi(FRASES[0], { abortado: senal?.aborted ?? false });
    if (error.estado === 401 && !puerta) this.#alPerderSesion(error.message);
    return error;
  }

  entrar(username, password) { return this.pedir('/api/login', { metodo: 'POST', cuerpo: { username, password }, puerta: true }); }
  salir() { return this.pedir('/api/logout', { metodo: 'POST', cuerpo: {}, puerta: true }); }
  sesion() { return this.pedir('/api/session'); }

  /** @param {number} seq @param {string} emoji vacío la quita */
  reaccionar(seq, emoji) { return this.pedir(`/api/mensaje/${seq}/reaccion`, { metodo: 'POST', cuerpo: { emoji }, plazo: PLAZO_ENVIAR }); }
  editar(seq, message) { return this.pedir(`/api/mensaje/${seq}`, { metodo: 'PATCH', cuerpo: { message }, plazo: PLAZO_ENVIAR }); }
  borrar(seq) { return this.pedir(`/api/mensaje/${seq}`, { metodo: 'DELETE', plazo: PLAZO_ENVIAR }); }

  conversaciones({ limit = 40, offset = 0, filtro = 'todos', orden = 'reciente' } = {}, senal) {
    return this.pedir(`/api/conversaciones?limit=${limit}&offset=${offset}&filtro=${filtro}&orden=${orden}`, { senal });
  }

  conversacion(numero, { limit = 50, antes = null, despues = null } = {}, senal) {
    const desde = antes !== null ? `&before=${antes}` : despues !== null ? `&after=${despues}` : '';
    return this.pedir(`/api/conversacion/${encodeURIComponent(numero)}?limit=${limit}${desde}`, { senal });
  }

  cambios(cursor, senal) { return this.pedir(`/api/cambios?desde=${encodeURIComponent(cursor)}`, { senal }); }

  enviar({ numero, texto, clienteId, citado = null, pedido = { message: texto, media_url: null } }) {
    const cuerpo = { to: numero, ...pedido, client_id: clienteId, ...(citado && { quoted_id: citado.id }) };
    return this.pedir('/api/enviar-mensaje', { metodo: 'POST', cuerpo, plazo: PLAZO_ENVIAR });
  }

  reintentar(seq) { return this.pedir('/api/reintentar-mensaje', { metodo: 'POST', cuerpo: { seq }, plazo: PLAZO_ENVIAR }); }

  marcarLeido(numero, hasta) {
    return this.pedir(`/api/marcar-leido/${encodeURIComponent(numero)}`, { metodo: 'POST', cuerpo: hasta === null ? {} : { hasta } });
  }

  abrirConversacion(numero, nombre) {
    return this.pedir('/api/conversaciones', { metodo: 'POST', cuerpo: nombre ? { numero, nombre } : { numero } });
  }
}
