// Un menú que se abre donde se pide, se recorre con el teclado y devuelve el foco al cerrarse; no sabe qué hacen sus opciones.
import { icono, recorrer } from '../util/dom.js';

const ORILLA = 8;
let cerrarAbierto = (_devolver) => {};

/**
 * @param {string} nombre
 * @param {Element|{clientX: number, clientY: number}} sitio el botón que lo abre, o el punto donde se pidió
 * @param {Array<{texto: string, icono: string, hacer: () => void, nombre?: string}>} opciones sin `icono`, solo su texto
 * @param {string} [clase] otra forma de enseñarlas
 */
export function abrirMenu(nombre, sitio, opciones, clase = '') {
  cerrarAbierto(false);
  const menu = document.createElement('div');
  menu.className = `menu menu-flotante ${clase}`;
  menu.setAttribute('role', 'menu');
  menu.setAttribute('aria-label', nombre);
  menu.append(...opciones.map((opcion) => crearOpcion(opcion, () => cerrar(true))));
  const anterior = /** @type {HTMLElement|null} */ (document.activeElement);
  const cortar = new AbortController();
  const cerrar = (devolver) => {
    cortar.abort();
    menu.remove();
    if (sitio instanceof Element) sitio.setAttribute('aria-expanded', 'false');
    if (devolver && anterior?.isConnected) anterior.focus({ preventScroll: true });
  };
  cerrarAbierto = (devolver) => { if (menu.isConnected) cerrar(devolver); };
  (document.querySelector('main') ?? document.body).append(menu);
  if (sitio instanceof Element) sitio.setAttribute('aria-expanded', 'true');
  colocar(menu, sitio);
  menu.addEventListener('keydown', (e) => alPulsar(e, menu, cerrar));
  menu.addEventListener('contextmenu', (e) => e.preventDefault());
  const fuera = (e) => { if (!menu.contains(e.target) && !(sitio instanceof Element && sitio.contains(e.target))) cerrar(false); };
  document.addEventListener('pointerdown', fuera, { capture: true, signal: cortar.signal });
  addEventListener('resize', () => cerrar(false), { signal: cortar.signal });
  /** @type {HTMLElement} */ (menu.firstElementChild).focus({ preventScroll: true });
}

export const cerrarMenu = () => cerrarAbierto(false);

function crearOpcion(opcion, cerrar) {
  const boton = document.createElement('button');
  boton.type = 'button';
  boton.tabIndex = -1;
  boton.setAttribute('role', 'menuitem');
  boton.append(...(opcion.icono ? [icono(opcion.icono)] : []), opcion.texto);
  if (opcion.nombre) boton.setAttribute('aria-label', opcion.nombre);
  boton.addEventListener('click', () => { cerrar(); opcion.hacer(); });
  return boton;
}

function colocar(menu, sitio) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const caja = sitio instanceof Element ? sitio.getBoundingClientRect() : null;
  const cabe = (desde, largo, total) => desde + largo + ORILLA <= total;
  const x = !caja ? sitio.clientX : cabe(caja.left, width, innerWidth) ? caja.left : caja.right - width;
  const y = !caja ? sitio.clientY : cabe(caja.bottom + 6, height, innerHeight) ? caja.bottom + 6 : caja.top - height - 6;
  menu.style.left = `${Math.max(ORILLA, Math.min(x, innerWidth - width - ORILLA))}px`;
  menu.style.top = `${Math.max(ORILLA, Math.min(y, innerHeight - height - ORILLA))}px`;
}

function alPulsar(evento, menu, cerrar) {
  if (evento.key === 'Escape' || evento.key === 'Tab') cerrar(true);
  else if (!recorrer(evento, [...menu.children])) return;
  if (evento.key === 'Tab') return;
  evento.preventDefault();
  evento.stopPropagation();
}
