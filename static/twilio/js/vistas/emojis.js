// El selector de emojis: una biblioteca que servimos nosotros, traída la primera vez que se pide.
// La biblioteca pone estilos y plantillas de maneras que nuestra política de contenido no deja; aquí se hacen por las que sí.
import { elemento } from '../util/dom.js';
import { perezosa } from './perezosa.js';

const CARPETA = '/static/twilio/vendor/emojis';
// Las plantillas de la biblioteca son solo cajas y botones: nada que ejecute, cargue o enlace.
const PELIGRO = /<(?!\/?(section|div|button|span|label|input)\b)|\s(on\w+|src|srcdoc|href|action|formaction)\s*=/i;

/** Deja pasar esas plantillas y ninguna otra cosa. Nuestro código no usa ningún sumidero: no la necesita. */
function admitirPlantillas() {
  globalThis.trustedTypes?.createPolicy('default', { createHTML: (html) => (PELIGRO.test(html) ? null : html) });
}

/** `style="…"` puesto como atributo lo frena la política; la misma regla puesta como estilo, no. */
function ponerEstilosPorObjeto() {
  const original = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function ponerAtributo(nombre, valor) {
    if (nombre === 'style' && this instanceof HTMLElement) this.style.cssText = valor;
    else original.call(this, nombre, valor);
  };
}

async function crear() {
  const [{ default: Picker }, { default: i18n }] = await Promise.all([import(`${CARPETA}/picker.js`), import(`${CARPETA}/es.js`)]);
  const selector = new Picker({ locale: 'es', dataSource: `${CARPETA}/datos.json`, i18n });
  adoptarEstilos(selector.shadowRoot);
  return selector;
}

/** Un <style> suelto no se admite; una hoja construida con el mismo texto, sí. @param {ShadowRoot} raiz */
function adoptarEstilos(raiz) {
  const suelto = raiz.querySelector('style');
  const hoja = new CSSStyleSheet();
  hoja.replaceSync(suelto.textContent);
  raiz.adoptedStyleSheets = [hoja];
  suelto.remove();
}

export class Emojis {
  #caja = elemento('texto'); #panel = elemento('emojis-panel'); #boton = elemento('emojis'); #sitio = [0, 0];
  #traer = perezosa(async () => this.#montar(await crear()));

  constructor() {
    admitirPlantillas();
    ponerEstilosPorObjeto();
    this.#caja.addEventListener('blur', () => { this.#sitio = [this.#caja.selectionStart, this.#caja.selectionEnd]; });
    this.#panel.addEventListener('keydown', (e) => { if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); this.cerrar(true); } });
    document.addEventListener('pointerdown', (e) => { if (!this.#panel.contains(e.target) && !this.#boton.contains(e.target)) this.cerrar(); });
  }

  async alternar() {
    if (!this.#panel.hidden) { this.cerrar(true); return; }
    this.#sitio = [this.#caja.selectionStart, this.#caja.selectionEnd];
    if (!(await this.#traer())) return;
    this.#panel.hidden = false;
    this.#boton.setAttribute('aria-expanded', 'true');
    requestAnimationFrame(() => this.#panel.firstElementChild.shadowRoot.querySelector('input')?.focus());
  }

  #montar(selector) {
    selector.addEventListener('emoji-click', (e) => { if (e.detail.unicode) this.#insertar(e.detail.unicode); });
    this.#panel.append(selector);
    return selector;
  }

  cerrar(volver = false) {
    if (this.#panel.hidden) return;
    this.#panel.hidden = true;
    this.#boton.setAttribute('aria-expanded', 'false');
    if (volver) this.#caja.focus();
  }

  /** Donde estaba el cursor; se pueden poner varios seguidos. */
  #insertar(emoji) {
    const [desde, hasta] = this.#sitio;
    this.#caja.setRangeText(emoji, desde, hasta, 'end');
    this.#sitio = [desde + emoji.length, desde + emoji.length];
    this.#caja.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
}
