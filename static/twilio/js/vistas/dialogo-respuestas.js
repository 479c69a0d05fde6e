// El diálogo de respuestas rápidas: ver, crear, cambiar, borrar y compartir con el equipo. Los errores se dicen en su sitio.
import { ErrorApi } from '../api.js';
import { clonar, elemento, escribir, partes } from '../util/dom.js';
import { enUnaLinea } from '../util/tipos.js';
import { avisar } from './avisos.js';
import { apertura } from './dialogos.js';

export class DialogoRespuestas {
  #respuestas; #id = null; #turno = 0; #dialogo = elemento('dialogo-respuestas'); #formulario = elemento('respuesta-formulario'); #lista = elemento('respuestas-todas');
  #atajo = elemento('respuesta-atajo'); #texto = elemento('respuesta-texto'); #compartida = elemento('respuesta-compartida');

  /** @param {{respuestas: import('../respuestas.js').Respuestas}} piezas */
  constructor({ respuestas }) {
    this.#respuestas = respuestas;
    respuestas.oir('cambio', () => this.#pintar());
    elemento('respuesta-nueva').addEventListener('click', () => this.#editar(null));
    elemento('respuesta-cancelar').addEventListener('click', () => this.#volver());
    this.#formulario.addEventListener('submit', (e) => { e.preventDefault(); this.#intentar(() => this.#guardar()); });
    this.#lista.addEventListener('click', (e) => this.#alElegir(e.target.closest('[data-accion]')));
    this.#dialogo.addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && !this.#formulario.hidden) { e.preventDefault(); this.#volver(); }
    });
  }

  mostrar() {
    this.#ver(true);
    this.#decir('');
    this.#dialogo.showModal();
    this.#pintar();
    this.#intentar(() => this.#respuestas.cargar());
  }

  #ver(lista) {
    this.#turno += 1;
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
    const turno = this.#turno;
    await this.#respuestas.guardar(this.#id, datos);
    if (turno === this.#turno) this.#volver(); // si tardó, puede haber otra a medio escribir
  }

  async #intentar(hacer) {
    this.#decir('');
    const sigue = apertura(this.#dialogo);
    try {
      await hacer();
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      if (sigue()) this.#decir(error.message);
      else avisar(`Respuestas rápidas: ${error.message}`, { urgente: true });
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
