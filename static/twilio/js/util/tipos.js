// Los dibujos y las palabras de cada estado de envío y de cada tipo de mensaje, y el mensaje en una línea.

/** @type {Record<string, [string, string]>} estado → símbolo y nombre accesible */
export const ESTADOS = {
  pending: ['p-reloj', 'Pendiente'], sent: ['p-enviado', 'Enviado'], delivered: ['p-entregado', 'Entregado'],
  read: ['p-entregado', 'Leído'], played: ['p-entregado', 'Leído'], failed: ['p-fallo', 'Falló'], unknown: ['p-duda', 'Sin confirmar'],
};

/** @type {Record<string, [string, string]>} tipo → símbolo y palabra; lo que no está aquí es texto */
export const TIPOS = {
  image: ['i-imagen', 'Imagen'], gif: ['i-imagen', 'GIF'], video: ['i-video', 'Video'], short: ['i-video', 'Video'], audio: ['i-voz', 'Audio'],
  voice: ['i-voz', 'Nota de voz'], document: ['i-documento', 'Documento'], sticker: ['i-sticker', 'Sticker'], location: ['i-lugar', 'Ubicación'],
  live_location: ['i-lugar', 'Ubicación en vivo'], contact: ['i-contacto', 'Contacto'], contact_list: ['i-contacto', 'Contactos'],
  poll: ['i-encuesta', 'Encuesta'], call: ['i-llamada', 'Llamada'], order: ['i-bolsa', 'Pedido'], product: ['i-bolsa', 'Producto'], event: ['i-agenda', 'Evento'],
};
/** @type {[string, string]} */
export const RARO = ['i-raro', 'Mensaje no compatible: míralo en el teléfono'];
/** Una palabra entre dos marcas de formato iguales. */
const PAREJA = /(^|[^\p{L}\p{N}])([*_~`])(\S(?:[^\n]*?\S)?)\2(?![\p{L}\p{N}])/gu;
const TEXTOS = new Set(['text', 'link_preview']);

/** Símbolo y palabra de lo que no es texto; null si lo es. */
export function adjunto(tipo, texto) {
  if (TEXTOS.has(tipo)) return null;
  if (tipo in TIPOS) return TIPOS[tipo];
  return texto ? null : RARO;
}

/** Una línea que resume un mensaje. */
export function previa({ texto, tipo }) {
  return enUnaLinea(texto) || adjunto(tipo, texto)?.[1] || '';
}

/** Una sola línea, sin marcas, para las vistas previas. */
export function enUnaLinea(texto) {
  let linea = texto.slice(0, 200).replaceAll('```', '');
  for (let antes = ''; antes !== linea;) { antes = linea; linea = linea.replace(PAREJA, '$1$3'); }
  return linea.replace(/\s+/g, ' ').trim();
}
