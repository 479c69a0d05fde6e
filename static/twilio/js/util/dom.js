// Lo mínimo para armar la pantalla con las plantillas de chat.html; nunca interpreta texto como HTML.

const SVG = 'http://www.w3.org/2000/svg';

/** Elemento que tiene que existir en la página. @returns {any} del tipo que diga su etiqueta */
export function elemento(id) {
  const hallado = document.getElementById(id);
  if (!hallado) throw new Error(`Falta el elemento #${id}`);
  return hallado;
}

/** Copia de una plantilla. */
export function clonar(id) {
  return /** @type {HTMLElement} */ (elemento(id).content.firstElementChild.cloneNode(true));
}

/** La parte con nombre de una pieza. */
export const parte = (raiz, nombre) => raiz.querySelector(`[data-parte="${nombre}"]`);

/** Las partes con nombre de una pieza, en un objeto. */
export function partes(raiz) {
  const todas = {};
  for (const nodo of raiz.querySelectorAll('[data-parte]')) todas[/** @type {HTMLElement} */ (nodo).dataset.parte] = nodo;
  return todas;
}

/** Escribe solo si cambió, para no despertar a nadie de más. */
export function escribir(nodo, texto) {
  if (nodo.textContent !== texto) nodo.textContent = texto;
}

/** Pone o quita un atributo data-*. */
export function marcar(nodo, nombre, valor) {
  if (valor === null || valor === false) delete nodo.dataset[nombre];
  else nodo.dataset[nombre] = valor === true ? '' : valor;
}

/** Cambia el símbolo de un icono ya puesto. */
export function ponerIcono(svg, nombre) {
  svg.querySelector('use').setAttribute('href', `#${nombre}`);
}

/** Un icono nuevo. */
export function icono(nombre) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icono');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(SVG, 'use'));
  ponerIcono(svg, nombre);
  return svg;
}

/** Flechas, Inicio y Fin entre las opciones de un menú. @returns {boolean} si la tecla era una de ellas */
export function recorrer(evento, opciones) {
  const actual = opciones.indexOf(document.activeElement);
  const destinos = { ArrowDown: actual + 1, ArrowRight: actual + 1, ArrowUp: actual - 1, ArrowLeft: actual - 1, Home: 0, End: -1 };
  if (!(evento.key in destinos)) return false;
  evento.preventDefault();
  opciones.at(destinos[evento.key] % opciones.length).focus();
  return true;
}

/** Junta muchos cambios en un solo pintado; con la pestaña oculta, también pinta. */
export function alProximoCuadro(pintar) {
  let pedido = false;
  const correr = () => { pedido = false; pintar(); };
  return () => {
    if (pedido) return;
    pedido = true;
    if (document.hidden) setTimeout(correr, 50);
    else requestAnimationFrame(correr);
  };
}

/** Identificador propio; randomUUID falta cuando la página no llega por https. */
export function identificador() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
