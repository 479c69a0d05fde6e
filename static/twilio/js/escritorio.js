// Une a la pantalla lo que el servidor pone sobre la mesa: saltar, citar, borradores, fijar, buscar en el chat, respuestas y emojis.
// Lo que no todos usan se trae la primera vez que hace falta.
import { BorradoresServidor } from './borradores-servidor.js';
import { Respuestas } from './respuestas.js';
import { Saltos } from './saltos.js';
import { elemento } from './util/dom.js';
import { avisar } from './vistas/avisos.js';
import { MenuChat } from './vistas/menu-chat.js';
import { MenuMensaje } from './vistas/menu-mensaje.js';
import { Responder } from './vistas/responder.js';
import { Resultados } from './vistas/resultados.js';

/** Trae un módulo y arma su pieza una sola vez. @template T @param {() => Promise<T>} crear @returns {() => Promise<T|null>} */
function perezosa(crear) {
  let pieza = null;
  return async () => {
    try { return await (pieza ??= crear()); } catch { pieza = null; avisar('No se pudo abrir. Revisa tu internet e inténtalo de nuevo.'); return null; }
  };
}

/** @param {Piezas & {buscador: import('./buscador.js').Buscador, conversacion: any, redactor: any, sincronia: any, agente: string, nombre: () => string}} piezas */
export function montarEscritorio(piezas) {
  const { api, store, abierto, canal, conversacion, sincronia, buscador } = piezas;
  const saltos = new Saltos({ ...piezas, avisar });
  const ir = (numero, seq) => saltos.alMensaje(numero, seq);
  const responder = new Responder(piezas);
  const borradores = new BorradoresServidor(piezas);
  const respuestas = new Respuestas(piezas);
  let franja = null;
  const busquedaChat = perezosa(async () => { franja = new (await import('./vistas/busqueda-chat.js')).BusquedaChat({ api, abierto, ir }); return franja; });
  const dialogo = perezosa(async () => new (await import('./vistas/dialogo-respuestas.js')).DialogoRespuestas({ respuestas }));
  const emojis = perezosa(async () => new (await import('./vistas/emojis.js')).Emojis());
  const buscarEnChat = async () => { if (abierto()) (await busquedaChat())?.mostrar(); };
  const administrar = async () => (await dialogo())?.mostrar();
  const lista = perezosa(async () => new (await import('./vistas/respuestas.js')).ListaRespuestas({
    respuestas, administrar, datos: () => ({ agente: piezas.nombre(), nombre: nombreDe(store.conversacion(abierto())) }),
  }));
  const menuChat = new MenuChat({ ...piezas, buscarEn: buscarEnChat });
  new MenuMensaje({ ...piezas, responder });
  new Resultados({ buscador, ir });

  canal.oir('conversacion', (datos) => {
    if (datos.event_type === 'draft') borradores.recibir(String(datos.numero), datos.draft ?? '');
    if (datos.event_type === 'preferences') menuChat.recibir(String(datos.numero), datos);
  });
  sincronia.oir('estado', ({ estado }) => { if (estado === 'al-dia') borradores.reanudar(); });
  conversacion.oir('original', ({ numero, id }) => saltos.alOriginal(numero, id));
  conversacion.oir('abierta', () => { responder.pintar(); franja?.cerrar(); });
  elemento('texto').addEventListener('input', async (e) => { if (e.target.value === '/') (await lista())?.revisar(); });
  elemento('emojis').addEventListener('click', async () => (await emojis())?.alternar());
  elemento('chat-buscar-boton').addEventListener('click', buscarEnChat);
  document.addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && e.shiftKey && e.code === 'KeyF' && abierto()) { e.preventDefault(); buscarEnChat(); }
  });
  return { tomarCita: () => responder.tomar(), administrar };
}

/** Sin nombre, la lista enseña el número: eso no es cómo se llama. */
const nombreDe = (conversacion) => (conversacion && /\p{L}/u.test(conversacion.nombre) ? conversacion.nombre : '');
