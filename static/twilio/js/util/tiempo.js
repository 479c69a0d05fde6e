// Fechas y horas para leer, siempre en la hora de Colombia; no pide la hora al servidor.

const ZONA = 'America/Bogota';
const DIA = 86_400_000;
const hora = new Intl.DateTimeFormat('es-CO', { timeZone: ZONA, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dia = new Intl.DateTimeFormat('en-CA', { timeZone: ZONA, year: 'numeric', month: '2-digit', day: '2-digit' });
const nombreDia = new Intl.DateTimeFormat('es-CO', { timeZone: ZONA, weekday: 'long' });
const completo = new Intl.DateTimeFormat('es-CO', { timeZone: ZONA, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** @returns {Date|null} null si no hay fecha o no se entiende */
function fecha(iso) {
  const momento = iso ? new Date(iso) : null;
  return momento && !Number.isNaN(momento.getTime()) ? momento : null;
}

/** «14:05». */
export function horaCorta(iso) {
  const momento = fecha(iso);
  return momento ? hora.format(momento) : '';
}

/** Clave del día en Bogotá: «2026-11-03». */
export function claveDia(iso) {
  const momento = fecha(iso);
  return momento ? dia.format(momento) : '';
}

/** «lunes, 3 de noviembre de 2026». */
export function diaCompleto(iso) {
  const momento = fecha(iso);
  return momento ? completo.format(momento) : 'Sin fecha';
}

/** «lunes, 3 de noviembre de 2026, 14:05». */
export const momentoCompleto = (iso) => `${diaCompleto(iso)}, ${horaCorta(iso)}`;

/** Como se ve en la lista: 14:05, Ayer, lunes, 03/11/26. */
export function fechaLista(iso, ahora = new Date()) {
  const momento = fecha(iso);
  if (!momento) return '';
  const clave = dia.format(momento);
  const dias = Math.round((Date.parse(dia.format(ahora)) - Date.parse(clave)) / DIA);
  if (dias <= 0) return hora.format(momento);
  if (dias === 1) return 'Ayer';
  if (dias < 7) return nombreDia.format(momento);
  const [anio, mes, numero] = clave.split('-');
  return `${numero}/${mes}/${anio.slice(2)}`;
}

/** «40 s», «3 min», «2 h». */
export function duracion(milisegundos) {
  const segundos = Math.max(0, Math.round(milisegundos / 1000));
  if (segundos < 60) return `${segundos} s`;
  if (segundos < 3600) return `${Math.floor(segundos / 60)} min`;
  return `${Math.floor(segundos / 3600)} h`;
}
