// El texto de un mensaje como nodos: formato de WhatsApp, enlaces seguros y emojis; nunca como HTML.

const ENLACE = /(?:https?:\/\/|www\.)[^\s<>"'`\u0000-\u001f\u202a-\u202e\u2066-\u2069]+/giu;
const COLA = /[.,;:!?…»”’*_~)\]}]/u;
/** Donde va un enlace mientras se da formato a su alrededor: ningún mensaje trae este carácter. */
const HUECO = '\0';
const MARCAS = { '*': 'strong', _: 'em', '~': 's', '`': 'code' };
const LETRA = /\p{L}/u;
const PALABRA = /[\p{L}\p{N}]/u;
const MAXIMO_CON_FORMATO = 8000;
const LARGO_TRAMO = 1500;
/** Desde cuánto un mensaje se enseña por partes, y cuánto se enseña de él. */
const MUCHO = { letras: 3000, lineas: 30 };
const CORTE = { letras: 2000, lineas: 24 };
const HONDURA = 4;
let emoji;

/** Tarda en compilarse: se hace con el primer mensaje sin letras. Los navegadores sin la bandera «v» se quedan sin emojis grandes, y con lo demás. */
function patronEmoji() {
  try { return new RegExp('^(?:\\p{RGI_Emoji}\\s?){1,3}$', 'v'); } catch { return null; }
}

/** Cuántos emojis son todo el mensaje: 1, 2 o 3; 0 si hay otra cosa. */
export function soloEmojis(texto) {
  const limpio = texto.trim();
  if (limpio.length > 60 || LETRA.test(limpio) || !(emoji ??= patronEmoji())?.test(limpio)) return 0;
  return [...new Intl.Segmenter('es').segment(limpio.replace(/\s/g, ''))].length;
}

/** Un enlace http o https, o null si lo escrito no lo es. */
function crearEnlace(escrito) {
  const url = URL.parse ? URL.parse(conProtocolo(escrito)) : leerUrl(conProtocolo(escrito));
  if (!url || !/^https?:$/.test(url.protocol) || !url.hostname.includes('.') || url.username) return null;
  const enlace = document.createElement('a');
  enlace.href = url.href;
  enlace.target = '_blank';
  enlace.rel = 'noopener noreferrer';
  enlace.textContent = escrito;
  return enlace;
}

const conProtocolo = (escrito) => (/^www\./i.test(escrito) ? `https://${escrito}` : escrito);
function leerUrl(texto) { try { return new URL(texto); } catch { return null; } }

/** Lo escrito sin los signos del final, que son de la frase. Un paréntesis que abrió dentro de la dirección es suyo. */
function recortar(escrito) {
  let sobran = escrito.split(')').length - escrito.split('(').length;
  let fin = escrito.length;
  while (COLA.test(escrito[fin - 1] ?? '')) {
    if (escrito[fin - 1] === ')' && (sobran -= 1) < 0) break;
    fin -= 1;
  }
  return escrito.slice(0, fin);
}

/** El texto con un hueco donde había cada enlace, y los enlaces en orden. */
function apartarEnlaces(texto) {
  const enlaces = [];
  const llano = texto.replaceAll(HUECO, '').replace(ENLACE, (hallado) => {
    const escrito = recortar(hallado);
    const enlace = crearEnlace(escrito);
    if (!enlace) return hallado;
    enlaces.push(enlace);
    return HUECO + hallado.slice(escrito.length);
  });
  return { llano, enlaces };
}

/** Los enlaces de vuelta en sus huecos. */
const reponer = (texto, enlaces) => texto.split(HUECO).flatMap((t, i) => (i ? [enlaces.shift(), t] : [t])).filter((t) => t !== '');

/** Dónde cierra la marca que abre en `i`, o -1. Abre pegada a lo que sigue y cierra pegada a lo que precede. */
function buscarCierre(texto, i) {
  const marca = texto[i];
  const antes = texto[i - 1] ?? ' ';
  if (PALABRA.test(antes) || !texto[i + 1] || /\s/.test(texto[i + 1]) || texto[i + 1] === marca) return -1;
  const tope = Math.min(texto.length, i + LARGO_TRAMO);
  for (let j = i + 2; j < tope; j += 1) {
    if (texto[j] === '\n') return -1;
    if (texto[j] === marca && !/\s/.test(texto[j - 1]) && !PALABRA.test(texto[j + 1] ?? ' ')) return j;
  }
  return -1;
}

function darFormato(texto, hondura, enlaces) {
  const nodos = [];
  let llano = '';
  for (let i = 0; i < texto.length; i += 1) {
    const cierre = hondura < HONDURA && texto[i] in MARCAS ? buscarCierre(texto, i) : -1;
    if (cierre < 0) { llano += texto[i]; continue; }
    nodos.push(...reponer(llano, enlaces));
    llano = '';
    const nodo = document.createElement(MARCAS[texto[i]]);
    const dentro = texto.slice(i + 1, cierre);
    nodo.append(...darFormato(dentro, texto[i] === '`' ? HONDURA : hondura + 1, enlaces));
    nodos.push(nodo);
    i = cierre;
  }
  return [...nodos, ...reponer(llano, enlaces)];
}

/** Una línea o varias sin listas ni citas. */
function enLinea(texto) {
  const { llano, enlaces } = apartarEnlaces(texto);
  return darFormato(llano, texto.length > MAXIMO_CON_FORMATO ? HONDURA : 0, enlaces);
}

function clasificar(linea) {
  const cita = /^> ?(\S.*)$/.exec(linea);
  if (cita) return { tipo: 'blockquote', texto: cita[1] };
  const punto = /^[*-] (\S.*)$/.exec(linea);
  if (punto) return { tipo: 'ul', texto: punto[1] };
  const numerada = /^(\d{1,3})[.)] (\S.*)$/.exec(linea);
  if (numerada) return { tipo: 'ol', texto: numerada[2], numero: Number(numerada[1]) };
  return { tipo: 'llano', texto: linea };
}

/** Líneas seguidas del mismo tipo forman un bloque. */
function enBloques(texto) {
  const bloques = [];
  for (const linea of texto.split('\n')) {
    const { tipo, texto: contenido, numero } = clasificar(linea);
    const ultimo = bloques.at(-1);
    if (ultimo?.tipo === tipo) ultimo.lineas.push(contenido);
    else bloques.push({ tipo, lineas: [contenido], numero });
  }
  return bloques;
}

/** Un renglón en blanco antes de otro bloque necesita su propio salto: el último de un tramo no se dibuja. */
function armarBloque({ tipo, lineas, numero }, seguido) {
  if (tipo === 'llano') return enLinea(lineas.join('\n') + (seguido && lineas.at(-1) === '' ? '\n' : ''));
  const nodo = document.createElement(tipo);
  if (tipo === 'blockquote') nodo.append(...enLinea(lineas.join('\n')));
  else nodo.append(...lineas.map((linea) => { const li = document.createElement('li'); li.append(...enLinea(linea)); return li; }));
  if (tipo === 'ol' && numero !== 1) /** @type {HTMLOListElement} */ (nodo).start = numero;
  return [nodo];
}

/** El mensaje entero como nodos. */
export function formatear(texto) {
  const salida = document.createDocumentFragment();
  if (texto.length > MAXIMO_CON_FORMATO) { salida.append(...enLinea(texto)); return salida; }
  texto.split(/```([\s\S]+?)```/).forEach((trozo, i) => {
    if (i % 2 === 0) {
      const bloques = enBloques(salida.lastElementChild?.tagName === 'PRE' ? trozo.replace(/^\n/, '') : trozo);
      bloques.forEach((bloque, j) => salida.append(...armarBloque(bloque, j < bloques.length - 1)));
      return;
    }
    const nodo = document.createElement(trozo.includes('\n') ? 'pre' : 'code');
    nodo.textContent = trozo.replace(/^\n|\n$/g, '');
    salida.append(nodo);
  });
  return salida;
}

/** El comienzo de un texto larguísimo, cortado entre palabras; null si se enseña entero. */
export function comienzo(texto) {
  const lineas = texto.split('\n', MUCHO.lineas + 1);
  if (texto.length <= MUCHO.letras && lineas.length <= MUCHO.lineas) return null;
  const visto = lineas.slice(0, CORTE.lineas).join('\n');
  const corto = visto.length > CORTE.letras ? visto.slice(0, CORTE.letras).replace(/\s+\S{0,40}$|[\ud800-\udbff]$/u, '') : visto;
  return corto.split('```').length % 2 ? corto : `${corto}\n\`\`\``;
}
