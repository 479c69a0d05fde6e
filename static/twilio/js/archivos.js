// Los archivos del chat: atiende los gestos (adjuntar, soltar, pegar, grabar, ver, volver a pedir) y trae lo demás al usarse.
import { ErrorApi } from './api.js';
import { elemento } from './util/dom.js';
import { avisar } from './vistas/avisos.js';

let hoja = null;

/** La hoja de estos módulos, una vez; si no llega, se ven sin ella. */
function ponerHoja() {
  return hoja ??= new Promise((seguir) => {
    const enlace = document.createElement('link');
    Object.assign(enlace, { rel: 'stylesheet', href: new URL('../css/archivos.css', import.meta.url).href, onload: seguir, onerror: seguir });
    document.head.append(enlace);
  });
}

/** @param {PiezasArchivos} piezas @param {<T>(crear: () => Promise<T>) => () => Promise<T|null>} perezosa */
export function montarArchivos(piezas, perezosa) {
  const { api, abierto } = piezas;
  const con = (crear) => perezosa(async () => { await ponerHoja(); return crear(); });
  const adjuntar = con(async () => new (await import('./vistas/adjuntar.js')).Adjuntar(piezas));
  const grabadora = con(async () => new (await import('./vistas/grabadora.js')).Grabadora(piezas));
  const visor = con(async () => new (await import('./vistas/visor.js')).Visor(piezas));

  elemento('adjuntar').addEventListener('click', async (e) => (await adjuntar())?.menu(e.currentTarget ?? elemento('adjuntar')));
  elemento('grabar').addEventListener('click', async () => (await grabadora())?.empezar());
  elemento('mensajes').addEventListener('click', async (e) => {
    const boton = e.target.closest('[data-accion="ver"], [data-accion="traer"]');
    if (!boton) return;
    if (boton.dataset.accion === 'traer') volverAPedir(api, boton);
    else (await visor())?.mostrar(abierto(), boton.closest('.mensaje').dataset.clave);
  });
  document.addEventListener('paste', async (e) => {
    const archivos = [...e.clipboardData.files];
    if (!archivos.length || !abierto() || e.clipboardData.getData('text/plain') || e.target.matches('#buscar, #chat-buscar')) return;
    e.preventDefault();
    (await adjuntar())?.abrir(archivos);
  });
  unirArrastre(abierto, adjuntar);
  return { adjuntar: async (archivos) => { if (abierto()) (await adjuntar())?.abrir(archivos); } };
}

/** Fuera de la conversación tampoco se deja que el navegador abra el archivo y se lleve la página. */
function unirArrastre(abierto, adjuntar) {
  const conArchivos = (e) => e.dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', async (e) => {
    if (!conArchivos(e)) return;
    e.preventDefault();
    e.dataTransfer.dropEffect = abierto() ? 'copy' : 'none';
    if (abierto()) (await adjuntar())?.velar();
  });
  document.addEventListener('drop', async (e) => {
    if (!conArchivos(e)) return;
    e.preventDefault();
    const carpetas = [...e.dataTransfer.items].some((i) => i.webkitGetAsEntry?.()?.isDirectory);
    const archivos = carpetas ? [] : [...e.dataTransfer.files];
    if (carpetas) avisar('Las carpetas no se pueden enviar: suelta los archivos sueltos.');
    const pieza = abierto() && await adjuntar();
    pieza?.velar(false);
    if (archivos.length) pieza?.abrir(archivos);
  });
}

async function volverAPedir(api, boton) {
  boton.disabled = true;
  boton.textContent = 'Pidiendo…';
  try {
    await api.pedir(`/api/archivo/${boton.dataset.archivo}/reintentar`, { metodo: 'POST', cuerpo: {} });
  } catch (error) {
    if (!(error instanceof ErrorApi)) throw error;
    boton.disabled = false;
    boton.textContent = 'Volver a pedir';
    avisar(`No se pudo volver a pedir. ${error.message}`, { urgente: true });
  }
}
