// Lo primero que se ve: la lista, con su primera página. No espera a lo demás: chat.js une el resto cuando llega.
import { Api } from './api.js';
import { inicializarAtajos } from './atajos.js';
import { Borradores, BorradoresServidor } from './borradores.js';
import { Buscador, Conteos, Paginas } from './listado.js';
import { Preferencias } from './preferencias.js';
import { Ruta } from './ruta.js';
import { Store } from './store.js';
import { elemento } from './util/dom.js';
import { pintarAgente } from './vistas/encabezado.js';
import { Lista } from './vistas/lista.js';

export const { agente, linea } = document.body.dataset;
export const api = new Api();
export const store = new Store(agente);
export const preferencias = new Preferencias();
export const borradores = new Borradores(agente);
export const ruta = new Ruta();
export const conteos = new Conteos({ api, store });
export const paginas = new Paginas({ api, store, conteos });
export const buscador = new Buscador({ api, guardar: (items) => conteos.anotar(() => store.guardarConversaciones(items)) });

/** Los borradores llegan con la primera página: quien los recibe ya está. */
export const borradoresServidor = new BorradoresServidor({ api, store, borradores, agente, abierto: () => ruta.numero });

/** Lo que responde chat.js cuando ya hay conversación que ver. */
export const mirada = { seVe: (_numero) => false };
export const lista = new Lista({ store, paginas, conteos, buscador, borradores, preferencias, seVe: (numero) => mirada.seVe(numero) });
lista.oir('abrir', (numero) => ruta.abrir(numero));

/** Viene puesta en la página; si el servidor no tenía base, es null y se pide. */
let adelantada = paginas.primera(JSON.parse(elemento('primera-pagina').textContent));

/** La primera vale una vez; después, otra nueva. @returns {Promise<string>} cursor */
export function primeraPagina() {
  const pagina = adelantada ?? paginas.primera();
  adelantada = null;
  return pagina;
}

pintarAgente(document.body.dataset.nombre, linea);
inicializarAtajos({
  'Alt+ArrowDown': () => lista.abrirVecina(1), 'Alt+ArrowUp': () => lista.abrirVecina(-1), 'Alt+KeyK': () => lista.enfocarBusqueda(),
  'Alt+KeyN': () => elemento('nuevo-chat').click(), 'Alt+KeyU': () => lista.alternarNoLeidos(), Escape: () => ruta.cerrar(), '?': mostrarAtajos,
});
export function mostrarAtajos() { elemento('dialogo-atajos').showModal(); }

/** Lo que se toca antes de que chat.js llegue se repite al llegar. */
async function traerLoDemas() {
  let repetir = () => {};
  const cortar = new AbortController();
  const anotar = (e) => {
    if (!e.target.closest(e.type === 'click' ? 'button:not(.fila-boton)' : '#lista')) return;
    if (e.type === 'contextmenu') e.preventDefault();
    repetir = () => e.target.dispatchEvent(new MouseEvent(e.type, e));
  };
  for (const gesto of ['click', 'contextmenu']) document.addEventListener(gesto, anotar, { capture: true, signal: cortar.signal });
  traer('modulepreload', './chat.js');
  await traer('stylesheet', '../css/charla.css'); // sin su hoja no se abre ningún chat
  await import('./chat.js');
  cortar.abort();
  repetir();
}

/** Sigue también si no se pudo. */
function traer(rel, ruta) {
  const enlace = Object.assign(document.createElement('link'), { rel, href: new URL(ruta, import.meta.url).href });
  document.head.append(enlace);
  return new Promise((seguir) => { enlace.onload = enlace.onerror = () => seguir(null); });
}

/** Con la lista ya pintada; una pestaña oculta no pinta. */
const despues = () => (document.hidden ? setTimeout : requestAnimationFrame)(() => setTimeout(traerLoDemas));
adelantada.then(despues, despues); // si falló, la lista ya lo dice y la sincronía lo intenta otra vez
