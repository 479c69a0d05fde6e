// Lo que se trae al usarlo: un módulo y su pieza, una sola vez. Si no llega se dice, y se puede volver a pedir.
import { avisar } from './avisos.js';

/** @template T @param {() => Promise<T>} crear @returns {() => Promise<T|null>} */
export function perezosa(crear) {
  let pieza = null;
  return async () => {
    try { return await (pieza ??= crear()); } catch { pieza = null; avisar('No se pudo abrir. Revisa tu internet e inténtalo de nuevo, o recarga la página.'); return null; }
  };
}
