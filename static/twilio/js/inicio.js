// Lo primero que se ve: la lista, con su primera página. No espera a lo demás: chat.js une el resto cuando llega.
import { Api } from './api.js';
import { inicializarAtajos } from './atajos.js';
import { Borradores, BorradoresServidor } from './borradores.js';
import { Buscador, Conteos, Paginas } from './listado.js';
import { Preferencias } from './preferencias.js';
import { Ruta } from './ruta.js';
import { Store } from './store.js';
import { elemento, escribir } from './util/dom.js';
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
export const buscador = new Buscador({ api, guardar: (items, salio) => conteos.anotar(() => store.guardarConversaciones(items, salio)) });

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

/** Los botones que atiende chat.js: los demás ya se atienden aquí, y repetirlos los haría dos veces. */
const DE_CHAT = '#menu-boton, #nuevo-chat, [data-vacio="error"] button';

/** Lo que se toca antes de que chat.js llegue se repite al llegar, si sigue a la vista. */
async function traerLoDemas() {
  let repetir = () => {};
  const cortar = new AbortController();
  const anotar = (e) => {
    if (!e.target.closest(e.type === 'click' ? DE_CHAT : '#lista')) return;
    if (e.type === 'contextmenu') e.preventDefault();
    repetir = () => { if (e.target.checkVisibility()) e.target.dispatchEvent(new MouseEvent(e.type, e)); };
  };
  for (const gesto of ['click', 'contextmenu']) document.addEventListener(gesto, anotar, { capture: true, signal: cortar.signal });
  traer('modulepreload', './chat.js');
  await traer('stylesheet', '../css/charla.css'); // sin su hoja no se abre ningún chat
  try { await import('./chat.js'); } catch (error) { decirQueNoLlego(); throw error; }
  cortar.abort();
  repetir();
}

/** Sin chat.js no se abre nada: se dice, y se recarga al pedirlo o cuando vuelve la red. */
function decirQueNoLlego() {
  const recargar = () => location.reload();
  const boton = elemento('franja-reintentar');
  elemento('conexion').dataset.estado = 'sin-conexion';
  escribir(elemento('conexion-texto'), 'No se pudo cargar');
  escribir(elemento('franja-texto'), 'No se pudo cargar la pantalla. Revisa tu internet.');
  escribir(boton, 'Recargar');
  boton.addEventListener('click', recargar);
  elemento('franja').hidden = false;
  addEventListener('online', recargar);
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
