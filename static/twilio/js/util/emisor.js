// Un objeto que avisa: `emitir` con sus datos, `oir` para recibirlos ya sueltos.
export class Emisor extends EventTarget {
  emitir(tipo, detail = null) { this.dispatchEvent(new CustomEvent(tipo, { detail })); }

  /** @param {string} tipo @param {(datos: any) => void} funcion */
  oir(tipo, funcion) { this.addEventListener(tipo, (e) => funcion(/** @type {CustomEvent} */ (e).detail)); }
}
