// La cabecera de la bandeja: quién atiende, la luz de la conexión y la franja que explica lo que pasa.
import { elemento, escribir } from '../util/dom.js';
import { formatearNumero, iniciales, tono } from '../util/numero.js';
import { duracion } from '../util/tiempo.js';

const PALABRAS = {
  conectando: 'Conectando…', 'al-dia': 'Al día', reconectando: 'Reconectando…', 'sin-conexion': 'Sin conexión', 'sin-base': 'Sin base de datos',
};
const FRANJAS = {
  'sin-conexion': 'Sin conexión. Puedes seguir escribiendo: lo que envíes saldrá cuando vuelva.',
  'sin-base': 'No hay conexión con la base de datos. Lo que ves puede estar viejo; se actualizará solo.',
};

export function pintarAgente(nombre, linea) {
  escribir(elemento('agente-nombre'), nombre);
  const avatar = elemento('agente-avatar');
  escribir(avatar, iniciales(nombre) || 'A');
  avatar.dataset.tono = tono(nombre);
  escribir(elemento('linea'), formatearNumero(linea));
}

export function pintarConexion({ estado, hace }) {
  elemento('conexion').dataset.estado = estado;
  escribir(elemento('conexion-texto'), PALABRAS[estado]);
  escribir(elemento('conexion-tiempo'), estado === 'sin-conexion' ? ` desde hace ${duracion(hace)}` : '');
  elemento('franja').hidden = !(estado in FRANJAS);
  if (estado in FRANJAS) escribir(elemento('franja-texto'), FRANJAS[estado]);
}
