// El diálogo de respuestas rápidas: ver, crear, cambiar, borrar y compartir con el equipo. Los errores se dicen en su sitio.
import { ErrorApi } from '../api.js';
import { clonar, elemento, escribir, partes } from '../util/dom.js';
import { enUnaLinea } from '../util/tipos.js';

export class DialogoRespuestas {
  #respuestas; #id = null; #formulario = elemento('respuesta-formulario'); #lista = elemento('respuestas-todas');
  #atajo = elemento('respuesta-atajo'); #texto = elemento('respuesta-texto'); #compartida = elemento('respuesta-compartida');

  /** @param {{respuestas: import('../respuestas.js').Respuestas}} piezas */
  constructor({ respuestas }) {
    this.#respuestas = respuestas;
    respuestas.oir('cambio', () => this.#pintar());
    elemento('respuesta-nueva').addEventListener('click', () => this.#editar(null));
    elemento('respuesta-cancelar').addEventListener('click', () => this.#volver());
    this.#formulario.addEventListener('submit', (e) => { e.preventDefault(); this.#intentar(() => this.#guardar()); });
    this.#lista.addEventListener('click', (e) => this.#alElegir(e.target.closest('[data-accion]')));
    elemento('dialogo-respuestas').addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && !this.#formulario.hidden) { e.preventDefault(); this.#volver(); }
    });
  }

  mostrar() {
    this.#ver(true);
    this.#decir('');
    elemento('dialogo-respuestas').showModal();
    this.#pintar();
    this.#intentar(() => this.#respuestas.cargar());
  }

  #ver(lista) {
    elemento('respuestas-vista').hidden = !lista;
    this.#formulario.hidden = lista;
  }

  #volver() {
    this.#ver(true);
    this.#decir('');
    elemento('respuesta-nueva').focus();
  }

  #pintar() {
    this.#lista.replaceChildren(...this.#respuestas.todas.map(armar));
    elemento('respuestas-vacio').hidden = this.#respuestas.todas.length > 0;
  }

  #alElegir(boton) {
    if (!boton) return;
    const id = Number(boton.closest('[data-id]').dataset.id);
    if (boton.dataset.accion === 'editar') this.#editar(this.#respuestas.todas.find((r) => r.id === id));
    else if (boton.dataset.seguro === undefined) { boton.dataset.seguro = ''; boton.textContent = 'Sí, borrar'; }
    else this.#intentar(() => this.#respuestas.borrar(id));
  }

  #editar(respuesta) {
    this.#id = respuesta?.id ?? null;
    escribir(elemento('respuesta-titulo'), respuesta ? 'Cambiar la respuesta' : 'Nueva respuesta');
    this.#atajo.value = respuesta?.atajo ?? '';
    this.#texto.value = respuesta?.texto ?? '';
    this.#compartida.checked = respuesta?.compartida ?? false;
    this.#decir('');
    this.#ver(false);
    this.#atajo.focus();
  }

  async #guardar() {
    const datos = { atajo: this.#atajo.value, texto: this.#texto.value, compartida: this.#compartida.checked };
    await this.#respuestas.guardar(this.#id, datos);
    this.#volver();
  }

  async #intentar(hacer) {
    this.#decir('');
    try {
      await hacer();
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      this.#decir(error.message);
    }
  }

  #decir(frase) { escribir(elemento('respuestas-error'), frase); }
}

function armar(respuesta) {
  const nodo = clonar('t-respuesta-fila');
  const p = partes(nodo);
  nodo.dataset.id = String(respuesta.id);
  escribir(p.atajo, `/${respuesta.atajo}`);
  escribir(p.texto, enUnaLinea(respuesta.texto));
  p.equipo.hidden = !respuesta.compartida;
  p.editar.setAttribute('aria-label', `Cambiar /${respuesta.atajo}`);
  p.borrar.setAttribute('aria-label', `Borrar /${respuesta.atajo}`);
  return nodo;
}
