// Lo que el servidor pone sobre la mesa, unido a la pantalla sin retrasarla: llega cuando la lista ya se ve.

/** Gestos que atiende la mesa: si se hacen antes de que llegue, se repiten al llegar. */
const GESTOS = {
  click: '#chat-menu, #chat-buscar-boton, #emojis, #adjuntar, #grabar, [data-accion="ver"], [data-accion="traer"], [data-accion="responder"], [data-accion="original"]', contextmenu: '#lista, #mensajes',
};

const DEL_MENSAJE = new Set(['ArrowUp', 'ArrowDown', 'Enter', 'r', 'R']);

/** Lo que se tocó o, si entre tanto se repintó, lo mismo en su mensaje de ahora. */
function vigente(tocado, clave) {
  const accion = tocado.closest('[data-accion]')?.dataset.accion;
  if (tocado.isConnected || !clave) return tocado;
  const mensaje = document.querySelector(`.mensaje[data-clave="${CSS.escape(clave)}"]`);
  return accion ? mensaje?.querySelector(`[data-accion="${accion}"]`) : mensaje;
}

/** @param {PiezasEscritorio} piezas */
export function montarEscritorio(piezas) {
  const { canal, sincronia, paginas, conversacion, borradoresServidor } = piezas;
  let mesa = null;
  let pedida = null;
  const traer = () => {
    pedida ??= import('./mesa.js').then(({ montarMesa }) => { mesa = montarMesa(piezas); return mesa; }).catch((error) => { console.error(error); pedida = null; });
    return pedida;
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
      if (mesa || !e.target.closest(donde)) return;
      e.preventDefault();
      e.stopPropagation();
      const clave = e.target.closest('.mensaje')?.dataset.clave;
      traer().then((llego) => llego && vigente(e.target, clave)?.dispatchEvent(new MouseEvent(tipo, e)));
    }, true);
  }
  document.addEventListener('keydown', (e) => {
    const buscar = (e.ctrlKey || e.metaKey) && e.shiftKey && e.code === 'KeyF';
    const enMensaje = DEL_MENSAJE.has(e.key) && !e.altKey && !e.ctrlKey && !e.metaKey && e.target.closest('#registro'); // Tab y Av Pág siguen siendo suyas
    if (mesa || !(buscar || enMensaje)) return;
    e.preventDefault();
    e.stopPropagation();
    traer().then((llego) => llego && (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', e)));
  }, true);
  // Lo que se pega o se suelta antes de que llegue tampoco se pierde, ni se lleva la página.
  document.addEventListener('dragover', (e) => { if (!mesa && e.dataTransfer?.types.includes('Files')) e.preventDefault(); }, true);
  for (const [tipo, donde] of [['paste', 'clipboardData'], ['drop', 'dataTransfer']]) {
    document.addEventListener(tipo, (e) => {
      const archivos = mesa ? [] : [...(e[donde]?.files ?? [])];
      if (!archivos.length) return;
      e.preventDefault();
      e.stopPropagation();
      traer().then((llego) => llego?.adjuntar(archivos));
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
