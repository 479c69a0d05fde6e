// Lo que el servidor pone sobre la mesa, unido a la pantalla sin retrasarla: llega cuando la lista ya se ve.
import { avisar } from './vistas/avisos.js';

/** Gestos que atiende la mesa: si se hacen antes de que llegue, se repiten al llegar. */
const GESTOS = {
  click: '#chat-menu, #chat-buscar-boton, #emojis, #adjuntar, #grabar, [data-accion="ver"], [data-accion="traer"], [data-accion="responder"], [data-accion="original"]', contextmenu: '#lista, #mensajes',
};

/** ¿Es una tecla que la mesa atiende en los mensajes? De un botón o un enlace de dentro solo las flechas; Tab y Av Pág siguen siendo suyas. */
function esDelMensaje({ key, altKey, ctrlKey, metaKey, target }) {
  if (altKey || ctrlKey || metaKey) return false;
  if (key === 'ArrowUp' || key === 'ArrowDown') return Boolean(target.closest('#registro')) && !target.matches('input');
  return ['Enter', 'r', 'R'].includes(key) && target.matches('.mensaje, #registro');
}

/** Lo pegado o soltado que se adjunta. Con texto se pega el texto: lo copiado de una hoja de cálculo trae además su imagen. */
export function archivosDe(e) {
  if (e.type === 'paste') return e.clipboardData.getData('text/plain') || e.target.matches('#buscar, #chat-buscar') ? [] : [...e.clipboardData.files];
  const carpetas = [...e.dataTransfer.items].some((i) => i.webkitGetAsEntry?.()?.isDirectory);
  if (carpetas) avisar('Las carpetas no se pueden enviar: suelta los archivos sueltos.');
  return carpetas ? [] : [...e.dataTransfer.files];
}

/** Lo que se tocó o, si entre tanto se repintó, lo mismo en su mensaje de ahora. */
function vigente(tocado, clave) {
  const accion = tocado.closest('[data-accion]')?.dataset.accion;
  if (tocado.isConnected || !clave) return tocado;
  const mensaje = document.querySelector(`.mensaje[data-clave="${CSS.escape(clave)}"]`);
  return accion ? mensaje?.querySelector(`[data-accion="${accion}"]`) : mensaje;
}

/** @param {PiezasEscritorio} piezas */
export function montarEscritorio(piezas) {
  const { canal, sincronia, paginas, conversacion, borradoresServidor, abierto } = piezas;
  let mesa = null;
  let pedida = null;
  const traer = () => {
    pedida ??= import('./mesa.js').then(({ montarMesa }) => { mesa = montarMesa(piezas); return mesa; }).catch((error) => {
      console.error(error);
      pedida = null;
      avisar('No se pudo cargar toda la pantalla. Revisa tu internet y recarga la página.', { urgente: true });
    });
    return pedida;
  };
  const esperando = new Set();
  /** Repite un gesto cuando llegue la mesa: una vez por control, y solo en el chat donde se hizo. */
  const repetir = async (e, control, gesto) => {
    e.preventDefault();
    e.stopPropagation();
    if (esperando.has(control)) return;
    const chat = abierto();
    esperando.add(control);
    const llego = await traer();
    esperando.delete(control);
    if (llego && abierto() === chat) gesto();
  };

  canal.oir('conversacion', (datos) => {
    if (datos.event_type === 'draft') borradoresServidor.recibir(String(datos.numero), datos.draft ?? '');
    if (datos.event_type === 'preferences') piezas.store.ajustar(String(datos.numero), datos);
  });
  sincronia.oir('estado', ({ estado }) => { if (estado === 'al-dia') { borradoresServidor.reanudar(); traer(); } });
  paginas.oir('cambio', traer);
  conversacion.oir('abierta', () => mesa?.alAbrir());
  for (const [tipo, donde] of Object.entries(GESTOS)) {
    document.addEventListener(tipo, (e) => {
      const control = e.target.closest(donde);
      if (mesa || !control) return;
      const clave = e.target.closest('.mensaje')?.dataset.clave;
      repetir(e, control, () => vigente(e.target, clave)?.dispatchEvent(new MouseEvent(tipo, e)));
    }, true);
  }
  document.addEventListener('keydown', (e) => {
    const buscar = (e.ctrlKey || e.metaKey) && e.shiftKey && e.code === 'KeyF';
    if (mesa || !(buscar || esDelMensaje(e))) return;
    repetir(e, buscar ? 'buscar' : e, () => { // las de un mensaje, todas y en su orden, si el foco sigue entre ellos
      const foco = document.activeElement;
      if (buscar || foco.closest('#registro')) foco.dispatchEvent(new KeyboardEvent('keydown', e));
    });
  }, true);
  // Lo que se pega o se suelta antes de que llegue tampoco se pierde, ni se lleva la página.
  document.addEventListener('dragover', (e) => { if (!mesa && e.dataTransfer?.types.includes('Files')) e.preventDefault(); }, true);
  for (const tipo of ['paste', 'drop']) {
    document.addEventListener(tipo, (/** @type {any} */ e) => {
      if (mesa || (tipo === 'drop' && !e.dataTransfer?.types.includes('Files'))) return;
      const archivos = archivosDe(e);
      if (tipo === 'paste' && !archivos.length) return;
      e.preventDefault();
      e.stopPropagation();
      const chat = abierto();
      traer().then((llego) => llego?.adjuntar(archivos, chat));
    }, true);
  }
  traer(); // la lista ya se ve
  return {
    frena: (seguir) => mesa?.frena(seguir) ?? false,
    tomarCita: () => mesa?.tomarCita() ?? null,
    senal: async (gusto) => (await traer())?.senal(gusto),
    administrar: async () => (await traer())?.administrar(),
  };
}
