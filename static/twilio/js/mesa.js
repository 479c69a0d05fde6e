// La mesa de trabajo: buscar y saltar, citar, fijar, respuestas rápidas y emojis. Lo que no todos usan se trae al pedirlo.
import { montarArchivos } from './archivos.js';
import { CanalChat } from './canal-chat.js';
import { Linea } from './linea.js';
import { Respuestas } from './respuestas.js';
import { Saltos } from './saltos.js';
import { Senales } from './senales.js';
import { Uniones } from './uniones.js';
import { elemento } from './util/dom.js';
import { avisar } from './vistas/avisos.js';
import { MenuChat } from './vistas/menu-chat.js';
import { MenuMensaje } from './vistas/menu-mensaje.js';
import { perezosa } from './vistas/perezosa.js';
import { Responder } from './vistas/responder.js';
import { Resaltado } from './vistas/resaltado.js';
import { Resultados } from './vistas/resultados.js';

/** @param {PiezasEscritorio} piezas */
export function montarMesa(piezas) {
  const { api, store, abierto, conversacion, buscador } = piezas;
  const saltos = new Saltos({ ...piezas, avisar });
  const resaltado = new Resaltado();
  const ir = async (numero, seq, texto) => {
    const burbuja = await saltos.alMensaje(numero, seq);
    if (burbuja) resaltado.poner(texto, burbuja);
  };
  const responder = new Responder(piezas);
  const linea = new Linea(piezas);
  const respuestas = new Respuestas(piezas);
  let franja = null;
  const busquedaChat = perezosa(async () => (franja = new (await import('./vistas/busqueda-chat.js')).BusquedaChat({ api, abierto, ir, resaltado })));
  const dialogo = perezosa(async () => new (await import('./vistas/dialogo-respuestas.js')).DialogoRespuestas({ respuestas }));
  const emojis = perezosa(async () => new (await import('./vistas/emojis.js')).Emojis());
  const buscarEn = async () => { if (abierto()) (await busquedaChat())?.mostrar(); };
  const administrar = async () => (await dialogo())?.mostrar();
  const lista = perezosa(async () => new (await import('./vistas/respuestas.js')).ListaRespuestas({
    respuestas, administrar, datos: () => ({ agente: piezas.nombre(), nombre: nombreDe(store.conversacion(abierto())) }),
  }));
  const plantillas = perezosa(async () => new (await import('./vistas/dialogo-plantilla.js')).DialogoPlantilla({ api, store }));
  new CanalChat({ ...piezas, plantillas: async () => (await plantillas())?.mostrar(abierto()) });
  const senales = new Senales(piezas);
  new MenuChat({ ...piezas, buscarEn, uniones: new Uniones(piezas) });
  new MenuMensaje({ ...piezas, responder });
  new Resultados({ buscador, ir, resaltado });
  const frena = (seguir) => linea.frena(abierto(), seguir);
  const tomarCita = () => responder.tomar();
  const archivos = montarArchivos({ ...piezas, frena, tomarCita }, perezosa);

  conversacion.oir('original', ({ numero, id }) => saltos.alOriginal(numero, id));
  const siEsBarra = async () => { if (elemento('texto').value === '/') (await lista())?.revisar(); };
  elemento('texto').addEventListener('input', siEsBarra);
  siEsBarra(); // pudo escribirse antes de llegar aquí
  elemento('emojis').addEventListener('click', async () => (await emojis())?.alternar());
  elemento('chat-buscar-boton').addEventListener('click', buscarEn);
  document.addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && e.shiftKey && e.code === 'KeyF' && abierto()) { e.preventDefault(); buscarEn(); }
  });
  return { administrar, adjuntar: archivos.adjuntar, senal: (gusto) => senales.alternar(gusto), frena, tomarCita, alAbrir: () => { responder.pintar(); franja?.cerrar(); } };
}

/** Sin nombre, la lista enseña el número: eso no es cómo se llama. */
const nombreDe = (conversacion) => (conversacion && /\p{L}/u.test(conversacion.nombre) ? conversacion.nombre : '');
