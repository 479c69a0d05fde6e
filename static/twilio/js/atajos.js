// Los atajos de teclado; su hoja está en chat.html. Escribiendo, solo valen los que llevan Alt, y Esc.

const escribiendo = (nodo) => nodo instanceof HTMLElement && nodo.matches('textarea, input:not([type="radio"])');

/** Nombre del atajo, como «Alt+KeyN», para no depender de la distribución del teclado. */
const nombrar = (e) => (e.altKey ? `Alt+${e.code}` : e.key);

/** @param {Record<string, () => void>} acciones */
export function inicializarAtajos(acciones) {
  document.addEventListener('keydown', (e) => {
    const hacer = acciones[nombrar(e)];
    if (!hacer || e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || document.querySelector('dialog[open]')) return;
    if (!e.altKey && e.key !== 'Escape' && escribiendo(e.target)) return;
    e.preventDefault();
    hacer();
  });
}
