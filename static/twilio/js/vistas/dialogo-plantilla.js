// El diálogo para escribir con una plantilla aprobada: elegirla, llenar sus variables, ver cómo queda y enviarla.
import { ErrorApi } from '../api.js';
import { clonar, elemento, escribir, identificador, parte } from '../util/dom.js';
import { avisar } from './avisos.js';
import { apertura } from './dialogos.js';

const VARIABLE = /\{\{\s*(\w{1,40})\s*\}\}/g;
const PLAZO_ENVIAR = 60_000;

export class DialogoPlantilla {
  #api; #store; #numero = ''; #clienteId = ''; #plantillas = [];
  #dialogo = elemento('dialogo-plantilla'); #cual = elemento('plantilla-cual'); #campos = elemento('plantilla-campos'); #boton = elemento('plantilla-enviar');

  /** @param {Pick<Piezas, 'api' | 'store'>} piezas */
  constructor({ api, store }) {
    this.#api = api;
    this.#store = store;
    this.#cual.addEventListener('change', () => this.#alElegir());
    this.#campos.addEventListener('input', () => this.#pintar());
    elemento('plantilla-formulario').addEventListener('submit', (e) => { e.preventDefault(); this.#enviar(); });
  }

  async mostrar(numero) {
    this.#numero = numero;
    this.#clienteId = identificador();
    this.#plantillas = [];
    this.#cual.replaceChildren(new Option('Cargando plantillas…', ''));
    this.#alElegir();
    this.#decir('');
    this.#dialogo.showModal();
    const sigue = apertura(this.#dialogo);
    let queja = '';
    try {
      const { plantillas } = await this.#api.pedir('/api/plantillas', { plazo: PLAZO_ENVIAR });
      if (!sigue()) return;
      this.#plantillas = plantillas;
      if (!plantillas.length) queja = 'No hay plantillas aprobadas en Twilio. Avisa a quien administra el sistema.';
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (!sigue()) return;
      queja = error.message;
    }
    this.#cual.replaceChildren(...this.#plantillas.map(({ sid, nombre, idioma }) => new Option(idioma ? `${nombre} (${idioma})` : nombre, sid)));
    this.#decir(queja);
    this.#alElegir();
    this.#cual.focus();
  }

  get #elegida() { return this.#plantillas.find((p) => p.sid === this.#cual.value); }

  get #valores() { return Object.fromEntries([...this.#campos.querySelectorAll('input')].map((c) => [c.name, c.value.trim()])); }

  #alElegir() {
    const variables = Object.entries(this.#elegida?.variables ?? {});
    this.#campos.replaceChildren(...variables.map(([clave, ejemplo]) => {
      const campo = clonar('t-plantilla-campo');
      const entrada = /** @type {HTMLInputElement} */ (parte(campo, 'valor'));
      Object.assign(entrada, { name: clave, placeholder: ejemplo });
      escribir(parte(campo, 'nombre'), `Variable ${clave}`);
      return campo;
    }));
    this.#pintar();
  }

  #pintar() {
    const elegida = this.#elegida;
    const valores = this.#valores;
    escribir(elemento('plantilla-vista'), elegida ? elegida.texto.replace(VARIABLE, (entera, clave) => valores[clave] || entera) : '');
    this.#boton.disabled = !elegida || Object.values(valores).some((valor) => !valor);
  }

  async #enviar() {
    const numero = this.#numero;
    const cuerpo = { content_sid: this.#cual.value, variables: this.#valores, client_id: this.#clienteId };
    const sigue = apertura(this.#dialogo);
    this.#boton.disabled = true;
    this.#decir('');
    /** Salió, o quedó en el chat con su motivo: en los dos casos se ve allí. */
    const guardado = (mensaje) => {
      this.#store.guardarMensaje(mensaje, numero);
      if (sigue()) this.#dialogo.close();
    };
    try {
      const { message } = await this.#api.pedir(`/api/enviar-plantilla/${encodeURIComponent(numero)}`, { metodo: 'POST', cuerpo, plazo: PLAZO_ENVIAR });
      guardado(message);
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (error.datos?.message) guardado(error.datos.message);
      else if (sigue()) this.#decir(error.message);
      else avisar(`No se envió la plantilla a ${this.#store.conversacion(numero)?.nombre ?? numero}. ${error.message}`, { urgente: true });
    }
    if (sigue()) this.#pintar();
  }

  #decir(frase) { escribir(elemento('plantilla-error'), frase); }
}
