// Una pregunta corta antes de perder algo. Esc y el fondo son «no».
import { clonar, escribir, partes } from '../util/dom.js';
import { cerrarPorFuera } from './dialogos.js';

/** @param {string} titulo @param {string} texto @param {string} hacer lo que dice el botón @returns {Promise<boolean>} */
export function confirmar(titulo, texto, hacer) {
  const dialogo = /** @type {HTMLDialogElement} */ (clonar('t-confirmar'));
  const p = partes(dialogo);
  escribir(p.titulo, titulo);
  escribir(p.texto, texto);
  escribir(p.si, hacer);
  dialogo.addEventListener('keydown', (e) => e.stopPropagation());
  cerrarPorFuera(dialogo);
  document.body.append(dialogo);
  dialogo.showModal();
  return new Promise((resolver) => {
    dialogo.addEventListener('close', () => { dialogo.remove(); resolver(dialogo.returnValue === 'si'); }, { once: true });
  });
}
