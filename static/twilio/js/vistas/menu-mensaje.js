// Lo que se puede hacer con un mensaje (responder, copiar, ver sus datos) y cómo se recorren con las flechas.
// Se abre con clic derecho, con una pulsación larga, o con Enter o la tecla de menú sobre el mensaje enfocado.
import { clonar, elemento, escribir } from '../util/dom.js';
import { horaCorta, diaCompleto } from '../util/tiempo.js';
import { AccionesMensaje, editable, reaccionable } from './acciones-mensaje.js';
import { avisar } from './avisos.js';
import { abrirMenu } from './menu-flotante.js';

const PULSACION = 500;
const PASOS = [['sent', 'Enviado'], ['delivered', 'Entregado'], ['read', 'Leído'], ['played', 'Escuchado'], ['failed', 'Falló']];
const ORIGENES = { phone: 'Se envió desde el teléfono de la línea', api: 'Se envió por otro programa' };

export class MenuMensaje {
  #store; #abierto; #responder; #acciones; #hoja = elemento('mensajes'); #reloj = 0;

  /** @param {Pick<Piezas, 'api' | 'store' | 'abierto'> & {responder: import('./responder.js').Responder}} piezas */
  constructor({ api, store, abierto, responder }) {
    this.#store = store;
    this.#acciones = new AccionesMensaje({ api, store });
    this.#abierto = abierto;
    this.#responder = responder;
    this.#hoja.addEventListener('contextmenu', (e) => this.#alPedir(e));
    elemento('registro').addEventListener('keydown', (e) => this.#alPulsar(e));
    this.#hoja.addEventListener('pointerdown', (e) => { if (e.pointerType === 'touch') this.#alApretar(e); });
    for (const fin of ['pointerup', 'pointercancel', 'pointermove']) this.#hoja.addEventListener(fin, () => clearTimeout(this.#reloj));
  }

  /** Sobre un enlace o un texto elegido manda el menú del navegador. */
  #alPedir(evento) {
    if (evento.target.closest('a') || (evento.button === 2 && !getSelection()?.isCollapsed)) return;
    if (this.#mostrar(evento.target.closest('.mensaje'), evento)) evento.preventDefault();
  }

  #alApretar(evento) {
    clearTimeout(this.#reloj);
    const nodo = evento.target.closest('a, button') ? null : evento.target.closest('.mensaje');
    if (nodo) this.#reloj = setTimeout(() => { if (this.#mostrar(nodo, evento)) tragarToque(); }, PULSACION);
  }

  #mostrar(nodo, sitio) {
    clearTimeout(this.#reloj);
    const mensaje = nodo && this.#store.historia(this.#abierto()).obtener(nodo.dataset.clave);
    if (!mensaje) return false;
    const vivo = !mensaje.borrado;
    const acciones = this.#acciones;
    abrirMenu('Opciones del mensaje', sitio, [
      vivo && this.#responder.citable(mensaje) && { texto: 'Responder', icono: 'i-responder', hacer: () => this.#responder.citar(mensaje) },
      reaccionable(mensaje) && { texto: 'Reaccionar', icono: 'i-emoji', hacer: () => acciones.reaccionar(mensaje, sitio) },
      vivo && mensaje.texto && { texto: 'Copiar texto', icono: 'i-copiar', hacer: () => copiar(mensaje.texto) },
      mensaje.media?.status === 'ready' && { texto: 'Descargar', icono: 'i-descargar', hacer: () => descargar(mensaje.media) },
      editable(mensaje) && { texto: 'Editar', icono: 'i-lapiz', hacer: () => acciones.editar(mensaje) },
      mensaje.borrable && { texto: 'Eliminar', icono: 'i-borrar', hacer: () => acciones.borrar(mensaje) },
      { texto: 'Información', icono: 'i-raro', hacer: () => mostrarDatos(mensaje) },
    ].filter(Boolean));
    return true;
  }

  /** Las flechas van de mensaje en mensaje, también desde un enlace o un botón de dentro; Av Pág, Inicio y Fin siguen desplazando. */
  #alPulsar(evento) {
    const actual = evento.target.closest('.mensaje');
    const flecha = ['ArrowUp', 'ArrowDown'].includes(evento.key) && !evento.target.matches('input');
    if (evento.altKey || evento.ctrlKey || evento.metaKey || (evento.target !== actual && !flecha)) return;
    if (flecha) this.#enfocarVecino(actual, evento.key === 'ArrowUp');
    else if (evento.key === 'Enter') this.#mostrar(actual, centro(actual));
    else if (evento.key.toLowerCase() === 'r') this.#responder.citar(this.#store.historia(this.#abierto()).obtener(actual.dataset.clave));
    else return;
    evento.preventDefault();
  }

  #enfocarVecino(actual, arriba) {
    const todos = [...this.#hoja.querySelectorAll('.mensaje')];
    const destino = actual ? todos[todos.indexOf(actual) + (arriba ? -1 : 1)] : this.#ultimoALaVista(todos);
    if (!destino) return;
    destino.tabIndex = -1;
    destino.focus({ preventScroll: true });
    destino.scrollIntoView({ block: 'nearest' });
  }

  #ultimoALaVista(todos) {
    const fondo = elemento('registro').getBoundingClientRect().bottom;
    return todos.findLast((nodo) => nodo.getBoundingClientRect().top < fondo - 20);
  }
}

/** Al levantar el dedo, el toque caería sobre la opción que quedó debajo. */
function tragarToque() {
  const tragar = (e) => { e.preventDefault(); e.stopPropagation(); };
  addEventListener('click', tragar, { capture: true, once: true });
  addEventListener('pointerup', () => setTimeout(() => removeEventListener('click', tragar, true), 50), { once: true });
}

function centro(nodo) {
  const { left, top, width, height } = nodo.firstElementChild.getBoundingClientRect();
  return { clientX: left + width / 2, clientY: top + height / 2 };
}

function descargar({ url, name }) {
  const enlace = document.createElement('a');
  Object.assign(enlace, { href: `${url}?descargar=1`, download: name ?? '' });
  enlace.click();
}

async function copiar(texto) {
  try { await navigator.clipboard.writeText(texto); avisar('Texto copiado.'); } catch { avisar('El navegador no dejó copiar el texto.'); }
}

/** @param {Mensaje} mensaje */
function mostrarDatos(mensaje) {
  const filas = mensaje.propio ? PASOS.filter(([paso]) => mensaje.pasos[paso]).map(([paso, palabra]) => [palabra, mensaje.pasos[paso]]) : [['Recibido', mensaje.fecha]];
  if (!filas.length) filas.push(['Escrito', mensaje.fecha]);
  const autor = mensaje.origen === 'agent' ? mensaje.agenteNombre || mensaje.agente : '';
  elemento('datos-lista').replaceChildren(...filas.map(armarPaso));
  escribir(elemento('datos-origen'), ORIGENES[mensaje.origen] ?? (autor ? `Lo escribió ${autor}` : ''));
  elemento('dialogo-datos').showModal();
}

function armarPaso([palabra, momento]) {
  const nodo = clonar('t-paso');
  nodo.firstElementChild.textContent = palabra;
  nodo.lastElementChild.textContent = `${diaCompleto(momento)}, ${horaCorta(momento)}`;
  return nodo;
}
