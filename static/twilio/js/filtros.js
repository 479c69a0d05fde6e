// Qué conversaciones pasan cada filtro y en qué orden van: lo mismo que hace el servidor, sobre lo cargado.

/** @type {Record<string, (c: Conversacion) => boolean>} */
export const FILTROS = {
  todos: () => true,
  no_leidos: (c) => c.sinLeer > 0,
  sin_responder: (c) => !c.ultimo.propio && c.ultimo.fecha !== '',
};

/** El puesto de una conversación antes de mirar su hora: fijadas primero y, si se pidió, las no leídas antes. */
export const rango = (c, orden) => (c.fijada ? 0 : 2) + (orden === 'no_leidos' && !c.sinLeer ? 1 : 0);

/** Reparte por rango sin mover lo demás. @param {Conversacion[]} conversaciones @param {string} orden */
export function ordenar(conversaciones, orden) {
  const grupos = [[], [], [], []];
  for (const c of conversaciones) grupos[rango(c, orden)].push(c);
  return grupos.flat();
}
