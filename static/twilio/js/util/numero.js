// Números de teléfono para leer, y el color y las iniciales de cada contacto; no valida números.

const DE_UNA = new Set(['1', '7']);
const DE_DOS = new Set('20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(' '));
const TONOS = 10;

/** @returns {number} cuántas cifras tiene el indicativo del país */
function largoIndicativo(digitos) {
  if (DE_UNA.has(digitos[0])) return 1;
  return DE_DOS.has(digitos.slice(0, 2)) ? 2 : 3;
}

/** «+57 300 123 4567»; lo que no es un teléfono vuelve como «número oculto». */
export function formatearNumero(numero) {
  const digitos = numero.replace(/^\+/, '');
  if (!/^\d{7,15}$/.test(digitos)) return 'número oculto';
  const corte = largoIndicativo(digitos);
  const resto = digitos.slice(corte);
  const final = resto.slice(-4);
  const grupos = resto.slice(0, -4).match(/\d{1,3}/g) ?? [];
  return ['+' + digitos.slice(0, corte), ...grupos, final].join(' ');
}

/** Tono estable del contacto. @returns {string} de «0» a «9» */
export function tono(numero) {
  let suma = 0;
  for (const letra of numero) suma = Math.imul(suma ^ letra.codePointAt(0), 0x9e3779b1) >>> 0;
  return String((suma >>> 16) % TONOS);
}

/** Hasta dos iniciales, o vacío si el nombre no tiene letras. */
export function iniciales(nombre) {
  const palabras = nombre.split(/\s+/).map((p) => p.match(/\p{L}/u)?.[0]).filter(Boolean);
  const elegidas = palabras.length > 1 ? [palabras[0], palabras.at(-1)] : palabras;
  return elegidas.join('').toLocaleUpperCase('es');
}

/** Minúsculas y sin tildes, para comparar. */
export function plegar(texto) {
  return texto.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase('es');
}

/** Lo mismo, letra por letra: cada posición sigue siendo la del original. */
export function plano(texto) {
  return texto.replace(/[^\0-\x7f]/gu, (letra) => (letra.length > 1 ? letra : letra.normalize('NFD')[0])).toLowerCase();
}
