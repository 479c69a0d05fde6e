// Fechas y horas para leer, siempre en la hora de Colombia; no pide la hora al servidor.

// Colombia no cambia la hora: restar cinco horas y leer en UTC ahorra armar formatos de Intl antes de ver la lista.
const DESFASE = 5 * 3_600_000;
const DIA = 86_400_000;
const FORMAS = { semana: { weekday: 'long' }, completa: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } };

/** El momento corrido, como «2026-11-03T14:05:…»; vacío si no hay fecha o no se entiende. */
function enColombia(momento) {
  const milisegundos = momento ? new Date(momento).getTime() - DESFASE : NaN;
  return Number.isNaN(milisegundos) ? '' : new Date(milisegundos).toISOString();
}

/** Armar un formato cuesta mucho más que usarlo: se arma la primera vez que hace falta. */
const formatos = new Map();
function nombrar(dia, forma) {
  if (!formatos.has(forma)) formatos.set(forma, new Intl.DateTimeFormat('es-CO', { timeZone: 'UTC', ...FORMAS[forma] }));
  return formatos.get(forma).format(Date.parse(`${dia}T00:00Z`));
}

/** «14:05». */
export const horaCorta = (iso) => enColombia(iso).slice(11, 16);

/** Clave del día: «2026-11-03». */
export const claveDia = (iso) => enColombia(iso).slice(0, 10);

/** «lunes, 3 de noviembre de 2026». */
export function diaCompleto(iso) {
  const dia = claveDia(iso);
  return dia ? nombrar(dia, 'completa') : 'Sin fecha';
}

/** «lunes, 3 de noviembre de 2026, 14:05». */
export const momentoCompleto = (iso) => `${diaCompleto(iso)}, ${horaCorta(iso)}`;

/** Como se ve en la lista: 14:05, Ayer, lunes, 03/11/26. */
export function fechaLista(iso, ahora = new Date()) {
  const dia = claveDia(iso);
  if (!dia) return '';
  const dias = Math.round((Date.parse(claveDia(ahora)) - Date.parse(dia)) / DIA);
  if (dias <= 0) return horaCorta(iso);
  if (dias === 1) return 'Ayer';
  if (dias < 7) return nombrar(dia, 'semana');
  return dia.slice(2).split('-').reverse().join('/');
}

/** «40 s», «3 min», «2 h». */
export function duracion(milisegundos) {
  const segundos = Math.max(0, Math.round(milisegundos / 1000));
  if (segundos < 60) return `${segundos} s`;
  if (segundos < 3600) return `${Math.floor(segundos / 60)} min`;
  return `${Math.floor(segundos / 3600)} h`;
}
