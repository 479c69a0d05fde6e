// Los atajos de teclado y su hoja: cada uno con sus teclas y su frase. Escribiendo, solo valen los que llevan Ctrl o Alt.
import { clonar, elemento, parte } from './util/dom.js';

/** @typedef {{teclas: string[], que: string, es: (e: KeyboardEvent) => boolean, hacer: () => void, siempre?: boolean}} Atajo */

const escribiendo = (nodo) => nodo instanceof HTMLElement && (nodo.matches('textarea, input:not([type="radio"])') || nodo.isContentEditable);

/** @param {Record<string, () => void>} acciones @returns {Atajo[]} */
function crearAtajos(acciones) {
  return [
    { teclas: ['Alt', '↓'], que: 'Conversación siguiente', es: (e) => e.altKey && e.key === 'ArrowDown', hacer: acciones.siguiente, siempre: true },
    { teclas: ['Alt', '↑'], que: 'Conversación anterior', es: (e) => e.altKey && e.key === 'ArrowUp', hacer: acciones.anterior, siempre: true },
    { teclas: ['Alt', 'K'], que: 'Buscar', es: (e) => e.altKey && e.code === 'KeyK', hacer: acciones.buscar, siempre: true },
    { teclas: ['Alt', 'N'], que: 'Nuevo chat', es: (e) => e.altKey && e.code === 'KeyN', hacer: acciones.nuevo, siempre: true },
    { teclas: ['Alt', 'U'], que: 'Ver solo los no leídos, o todos', es: (e) => e.altKey && e.code === 'KeyU', hacer: acciones.noLeidos, siempre: true },
    { teclas: ['Esc'], que: 'Volver a la lista', es: (e) => e.key === 'Escape', hacer: acciones.cerrar, siempre: true },
    { teclas: ['?'], que: 'Ver estos atajos', es: (e) => e.key === '?', hacer: acciones.atajos },
  ];
}

const SOLO_HOJA = [
  { teclas: ['Enter'], que: 'Enviar el mensaje' },
  { teclas: ['Mayús', 'Enter'], que: 'Línea nueva' },
  { teclas: ['↑', '↓'], que: 'Moverse por la lista o los mensajes' },
];

/** @param {Record<string, () => void>} acciones */
export function inicializarAtajos(acciones) {
  const atajos = crearAtajos(acciones);
  elemento('atajos-lista').append(...[...SOLO_HOJA, ...atajos].map(armarAtajo));
  document.addEventListener('keydown', (evento) => {
    if (evento.defaultPrevented || evento.isComposing || evento.ctrlKey || evento.metaKey || document.querySelector('dialog[open]')) return;
    const atajo = atajos.find((a) => a.es(evento));
    if (!atajo || (!atajo.siempre && escribiendo(evento.target))) return;
    evento.preventDefault();
    atajo.hacer();
  });
}

function armarAtajo({ teclas, que }) {
  const nodo = clonar('t-atajo');
  parte(nodo, 'que').textContent = que;
  parte(nodo, 'teclas').append(...teclas.map((tecla) => { const kbd = document.createElement('kbd'); kbd.textContent = tecla; return kbd; }));
  return nodo;
}
