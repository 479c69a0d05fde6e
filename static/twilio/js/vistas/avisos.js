// Avisos breves al pie: una frase que se va sola o se cierra.
import { clonar, elemento, escribir, parte } from '../util/dom.js';

const DURACION = 6000;
const MAXIMO = 3;

export function avisar(frase, { urgente = false } = {}) {
  const caja = elemento('avisos');
  if ([...caja.children].some((n) => parte(n, 'texto').textContent === frase)) return;
  const nodo = clonar('t-aviso');
  if (urgente) nodo.setAttribute('role', 'alert');
  escribir(parte(nodo, 'texto'), frase);
  nodo.querySelector('button').addEventListener('click', () => nodo.remove());
  caja.append(nodo);
  if (caja.childElementCount > MAXIMO) caja.firstElementChild.remove();
  setTimeout(() => nodo.remove(), DURACION);
}
