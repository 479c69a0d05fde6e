// Avisos breves al pie: una frase que se va sola o se cierra; si lleva algo que copiar, espera a que la cierren.
import { clonar, elemento, escribir, icono, parte } from '../util/dom.js';

const DURACION = 6000;
const MAXIMO = 3;

const caja = elemento('avisos');

/** Detrás de un diálogo no se verían ni los leería un lector de pantalla: van dentro del último, que es el de encima. */
function ubicar() {
  const sitio = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
  if (caja.parentElement !== sitio) sitio.append(caja);
}
document.addEventListener('close', ubicar, true); // antes que quien lo quita de la página

/** @param {string} frase @param {{urgente?: boolean, copiable?: string, alCerrar?: () => void}} [opciones] */
export function avisar(frase, { urgente = false, copiable = '', alCerrar } = {}) {
  ubicar();
  if ([...caja.children].some((n) => parte(n, 'texto').textContent === frase)) return;
  const nodo = clonar('t-aviso');
  if (urgente) nodo.setAttribute('role', 'alert');
  escribir(parte(nodo, 'texto'), frase);
  const cerrar = nodo.querySelector('button');
  cerrar.addEventListener('click', () => { nodo.remove(); alCerrar?.(); });
  if (copiable) cerrar.before(botonDeCopiar(cerrar, copiable));
  caja.append(nodo);
  if (alCerrar) return;
  nodo.dataset.breve = '';
  const breves = caja.querySelectorAll('[data-breve]');
  if (breves.length > MAXIMO) breves[0].remove();
  setTimeout(() => nodo.remove(), DURACION);
}

function botonDeCopiar(modelo, texto) {
  const boton = modelo.cloneNode();
  boton.setAttribute('aria-label', 'Copiar texto');
  boton.append(icono('i-copiar'));
  boton.addEventListener('click', () => copiar(texto));
  return boton;
}

async function copiar(texto) {
  try { await navigator.clipboard.writeText(texto); avisar('Texto copiado.'); } catch { avisar('El navegador no dejó copiar el texto.'); }
}
