// Los archivos del chat: atiende los gestos (adjuntar, soltar, pegar, grabar, ver, volver a pedir) y trae lo demás al usarse.
import { ErrorApi } from './api.js';
import { archivosDe } from './escritorio.js';
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

  /** La primera vez se espera al módulo: varios toques valen por uno, y en otro chat ya no valen. */
  const alTocar = (traer, hacer) => {
    let esperando = false;
    return async (...datos) => {
      const chat = abierto();
      if (esperando || !chat) return;
      esperando = true;
      const pieza = await traer();
      esperando = false;
      if (pieza && abierto() === chat) hacer(pieza, ...datos);
    };
  };
  const abrir = async (archivos, chat) => {
    const pieza = archivos.length && chat ? await adjuntar() : null;
    if (!pieza) return;
    if (abierto() === chat) pieza.abrir(archivos);
    else avisar('Cambiaste de chat: los archivos no se adjuntaron.');
  };
  const ver = alTocar(visor, (pieza, clave) => pieza.mostrar(abierto(), clave));

  elemento('adjuntar').addEventListener('click', alTocar(adjuntar, (pieza) => pieza.menu(elemento('adjuntar'))));
  elemento('grabar').addEventListener('click', alTocar(grabadora, (pieza) => pieza.empezar()));
  elemento('mensajes').addEventListener('click', (e) => {
    const boton = e.target.closest('[data-accion="ver"], [data-accion="traer"]');
    if (!boton) return;
    if (boton.dataset.accion === 'traer') volverAPedir(api, boton);
    else ver(boton.closest('.mensaje').dataset.clave);
  });
  document.addEventListener('paste', (e) => {
    const archivos = abierto() ? archivosDe(e) : [];
    if (!archivos.length) return;
    e.preventDefault();
    abrir(archivos, abierto());
  });
  unirArrastre(abierto, adjuntar, abrir);
  return { adjuntar: abrir };
}

/** Fuera de la conversación tampoco se deja que el navegador abra el archivo y se lleve la página. */
function unirArrastre(abierto, adjuntar, abrir) {
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
    const chat = abierto();
    await abrir(archivosDe(e), chat);
    if (chat) (await adjuntar())?.velar(false);
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
