// Lo primero que se ve: la lista, con su primera página. No espera a lo demás: chat.js une el resto cuando llega.
import { Api } from './api.js';
import { BorradoresServidor } from './borradores-servidor.js';
import { Buscador } from './buscador.js';
import { Conteos } from './conteos.js';
import { Paginas } from './paginas.js';
import { Borradores, Preferencias } from './preferencias.js';
import { Ruta } from './ruta.js';
import { Store } from './store.js';
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

let adelantada = paginas.primera();
adelantada.catch(() => { /* la lista ya lo dice, y la sincronía lo intenta otra vez */ });

/** La que se pidió al empezar vale una vez; después, otra nueva. @returns {Promise<string>} cursor */
export function primeraPagina() {
  const pagina = adelantada ?? paginas.primera();
  adelantada = null;
  return pagina;
}
