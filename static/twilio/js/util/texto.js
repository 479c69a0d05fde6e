// El texto de un mensaje como nodos: formato de WhatsApp, enlaces seguros y emojis; nunca como HTML.

const ENLACE = /(?:https?:\/\/|www\.)[^\s<>"'`\u0000-\u001f\u202a-\u202e\u2066-\u2069]+/giu;
const COLA = /[.,;:!?…»”’*_~)\]}]+$/u;
const MARCAS = { '*': 'strong', _: 'em', '~': 's', '`': 'code' };
const PALABRA = /[\p{L}\p{N}]/u;
const MAXIMO_CON_FORMATO = 8000;
const LARGO_TRAMO = 1500;
const HONDURA = 4;
const EMOJI = crearPatronEmoji();

/** Los navegadores sin la bandera «v» se quedan sin emojis grandes, y con todo lo demás. */
function crearPatronEmoji() {
  try { return new RegExp('^(?:\\p{RGI_Emoji}\\s?){1,3}$', 'v'); } catch { return null; }
}

/** Cuántos emojis son todo el mensaje: 1, 2 o 3; 0 si hay otra cosa. */
export function soloEmojis(texto) {
  const limpio = texto.trim();
  if (!EMOJI || limpio.length > 60 || !EMOJI.test(limpio)) return 0;
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

/** Parte el texto en tramos corrientes y enlaces. */
function separarEnlaces(texto) {
  const trozos = [];
  let desde = 0;
  for (const hallado of texto.matchAll(ENLACE)) {
    const escrito = hallado[0].replace(COLA, '');
    const enlace = crearEnlace(escrito);
    if (!enlace) continue;
    trozos.push(texto.slice(desde, hallado.index), enlace);
    desde = hallado.index + escrito.length;
  }
  trozos.push(texto.slice(desde));
  return trozos.filter((t) => t !== '');
}

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

function darFormato(texto, hondura) {
  const nodos = [];
  let llano = '';
  for (let i = 0; i < texto.length; i += 1) {
    const cierre = hondura < HONDURA && texto[i] in MARCAS ? buscarCierre(texto, i) : -1;
    if (cierre < 0) { llano += texto[i]; continue; }
    if (llano) nodos.push(llano);
    llano = '';
    const nodo = document.createElement(MARCAS[texto[i]]);
    const dentro = texto.slice(i + 1, cierre);
    nodo.append(...(texto[i] === '`' ? [dentro] : darFormato(dentro, hondura + 1)));
    nodos.push(nodo);
    i = cierre;
  }
  if (llano) nodos.push(llano);
  return nodos;
}

/** Una línea o varias sin listas ni citas. */
function enLinea(texto) {
  return separarEnlaces(texto).flatMap((trozo) => (typeof trozo === 'string' ? darFormato(trozo, 0) : [trozo]));
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

function armarBloque({ tipo, lineas, numero }) {
  if (tipo === 'llano') return enLinea(lineas.join('\n'));
  const nodo = document.createElement(tipo);
  if (tipo === 'blockquote') nodo.append(...enLinea(lineas.join('\n')));
  else nodo.append(...lineas.map((linea) => { const li = document.createElement('li'); li.append(...enLinea(linea)); return li; }));
  if (tipo === 'ol' && numero !== 1) /** @type {HTMLOListElement} */ (nodo).start = numero;
  return [nodo];
}

/** El mensaje entero como nodos. */
export function formatear(texto) {
  const salida = document.createDocumentFragment();
  if (texto.length > MAXIMO_CON_FORMATO) { salida.append(...separarEnlaces(texto)); return salida; }
  texto.split(/```([\s\S]+?)```/).forEach((trozo, i) => {
    if (i % 2 === 0) { for (const bloque of enBloques(trozo)) salida.append(...armarBloque(bloque)); return; }
    const nodo = document.createElement(trozo.includes('\n') ? 'pre' : 'code');
    nodo.textContent = trozo.replace(/^\n|\n$/g, '');
    salida.append(nodo);
  });
  return salida;
}

/** Una sola línea, sin marcas, para las vistas previas. */
export function enUnaLinea(texto) {
  return texto.slice(0, 200).replace(/```/g, '').replace(/(^|[^\p{L}\p{N}])([*_~])(\S(?:[^\n]*?\S)?)\2(?![\p{L}\p{N}])/gu, '$1$3').replace(/\s+/g, ' ').trim();
}
