// El diálogo para escribir con una plantilla aprobada: elegirla, llenar sus variables, ver cómo queda y enviarla.
import { ErrorApi } from '../api.js';
import { clonar, elemento, escribir, identificador, parte } from '../util/dom.js';

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
    this.#alElegir();
    this.#decir('Cargando plantillas…');
    this.#dialogo.showModal();
    await this.#intentar(async () => {
      const { plantillas } = await this.#api.pedir('/api/plantillas', { plazo: PLAZO_ENVIAR });
      if (this.#numero !== numero) return;
      this.#plantillas = plantillas;
      this.#cual.replaceChildren(...plantillas.map(({ sid, nombre, idioma }) => new Option(idioma ? `${nombre} (${idioma})` : nombre, sid)));
      this.#decir(plantillas.length ? '' : 'No hay plantillas aprobadas en Twilio. Avisa a quien administra el sistema.');
      this.#alElegir();
      this.#cual.focus();
    });
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
    this.#boton.disabled = true;
    await this.#intentar(async () => {
      const { message } = await this.#api.pedir(`/api/enviar-plantilla/${encodeURIComponent(numero)}`, { metodo: 'POST', cuerpo, plazo: PLAZO_ENVIAR });
      this.#guardado(message, numero);
    });
    this.#pintar();
  }

  /** Salió, o quedó en el chat con su motivo: en los dos casos se ve allí. */
  #guardado(mensaje, numero) {
    this.#store.guardarMensaje(mensaje, numero);
    this.#dialogo.close();
  }

  async #intentar(hacer) {
    try {
      this.#decir('');
      await hacer();
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (error.datos?.message) this.#guardado(error.datos.message, this.#numero);
      else this.#decir(error.message);
    }
  }

  #decir(frase) { escribir(elemento('plantilla-error'), frase); }
}
