// Pide lo anterior a lo nuestro en un chat, que el servidor trae de WhatsApp y guarda, y dice cómo va. Se trae al usarse.
import { ErrorApi } from '../api.js';
import { elemento, escribir } from '../util/dom.js';

const PLAZO = 150_000; // el servidor espera al proveedor
const PAGINA = 100;
const pidiendo = new Set();

/** @param {{api: import('../api.js').Api, store: import('../store.js').Store, numero: string, abierto: () => string|null}} piezas */
export async function traerAnteriores({ api, store, numero, abierto }) {
  if (pidiendo.has(numero)) return;
  const decir = (frase) => { if (abierto() === numero) escribir(elemento('anteriores-estado'), frase); };
  pidiendo.add(numero);
  decir('Pidiendo mensajes a WhatsApp…');
  try {
    const primero = store.historia(numero).primeroConSeq;
    const cuerpo = { antes: primero?.seq ?? null };
    const traidos = await api.pedir(`/api/historia/${encodeURIComponent(numero)}`, { metodo: 'POST', cuerpo, plazo: PLAZO });
    const pagina = await api.conversacion(numero, primero ? { limit: PAGINA, antes: primero.seq } : { limit: PAGINA });
    if (primero) store.ponerPaginaAnterior(numero, pagina);
    else store.ponerPaginaNueva(numero, pagina);
    decir(frase(traidos));
  } catch (error) {
    if (!(error instanceof ErrorApi)) throw error;
    decir(`No se pudo. ${error.message}`);
  } finally {
    pidiendo.delete(numero);
  }
}

function frase({ guardados, history_complete }) {
  if (guardados) return guardados === 1 ? 'Se cargó 1 mensaje.' : `Se cargaron ${guardados} mensajes.`;
  return history_complete ? 'WhatsApp no tiene mensajes anteriores.' : 'Todavía no aparecen: hay más atrás.';
}
