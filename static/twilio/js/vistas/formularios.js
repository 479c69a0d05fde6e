// Enviar una ubicación, un contacto o una encuesta: sus diálogos y lo que piden. La burbuja aparece como la de un texto.
import { clonar, escribir, partes } from '../util/dom.js';
import { cerrarPorFuera } from './dialogos.js';

const MAXIMO = 12;
const PLANTILLAS = { ubicacion: 't-ubicacion', contacto: 't-contacto', encuesta: 't-encuesta-nueva' };

/** @param {'ubicacion'|'contacto'|'encuesta'} cual @param {PiezasArchivos} piezas */
export function formulario(cual, piezas) {
  const dialogo = /** @type {HTMLDialogElement} */ (clonar(PLANTILLAS[cual]));
  const p = partes(dialogo);
  const numero = piezas.abierto();
  const leer = FORMAS[cual](p);
  cerrarPorFuera(dialogo);
  dialogo.addEventListener('close', () => { dialogo.remove(); piezas.redactor.enfocar(); });
  dialogo.addEventListener('submit', (e) => {
    e.preventDefault();
    const leido = leer();
    escribir(p.error, typeof leido === 'string' ? leido : '');
    if (typeof leido === 'string') return;
    const enviar = () => {
      dialogo.close();
      piezas.envios.enviar(numero, leido.texto, piezas.abierto() === numero ? piezas.tomarCita() : null, { tipo: leido.tipo, datos: leido.datos, pedido: { type: leido.tipo, data: leido.data } });
      if (piezas.abierto() === numero) piezas.registro.irAlFinal();
    };
    if (!piezas.frena(enviar)) enviar();
  });
  document.body.append(dialogo);
  dialogo.showModal();
}

/** Cada una prepara su diálogo y devuelve cómo leerlo: lo que se envía, o la frase de lo que falta. */
const FORMAS = {
  ubicacion(p) {
    p.mia.addEventListener('click', () => usarMiUbicacion(p));
    p.latitud.addEventListener('input', () => { // pegadas juntas, como las copia un mapa
      const par = /^\s*(-?\d+\.\d+)\s*,\s*(-?\d+\.\d+)\s*$/.exec(p.latitud.value);
      if (par) [p.latitud.value, p.longitud.value] = par.slice(1);
    });
    return () => {
      const [latitude, longitude] = [p.latitud, p.longitud].map((campo) => (campo.value.trim() ? Number(campo.value.trim().replace(',', '.')) : NaN));
      if (!(Math.abs(latitude) <= 90)) return 'La latitud va de -90 a 90, por ejemplo 4.6533.';
      if (!(Math.abs(longitude) <= 180)) return 'La longitud va de -180 a 180, por ejemplo -74.0836.';
      const [name, address] = [p.nombre.value.trim(), p.direccion.value.trim()];
      const data = { latitude, longitude, ...(name && { name }), ...(address && { address }) };
      return { tipo: 'location', texto: name || address, data, datos: data };
    };
  },

  contacto(p) {
    return () => {
      const [name, phone] = [p.nombre.value.trim(), p.telefono.value.trim()];
      if (!name) return 'Escribe el nombre del contacto.';
      if (phone.replace(/\D/g, '').length < 7) return 'Escribe el teléfono del contacto, con sus cifras completas.';
      return { tipo: 'contact', texto: name, data: { name, phone }, datos: { contacts: [{ name, phones: [phone], emails: [] }] } };
    };
  },

  encuesta(p) {
    const anadir = () => {
      const campo = clonar('t-encuesta-opcion');
      campo.querySelector('span').textContent = `Opción ${p.opciones.children.length + 1}`;
      p.opciones.append(campo);
      p.mas.hidden = p.opciones.children.length >= MAXIMO;
      return campo.querySelector('input');
    };
    anadir();
    anadir();
    p.mas.addEventListener('click', () => anadir().focus());
    return () => {
      const title = p.titulo.value.trim();
      const options = [...p.opciones.querySelectorAll('input')].map((campo) => campo.value.trim()).filter(Boolean);
      if (!title) return 'Escribe la pregunta de la encuesta.';
      if (options.length < 2) return 'Escribe al menos dos opciones.';
      if (new Set(options).size < options.length) return 'Hay opciones repetidas.';
      const multiple = p.varias.checked;
      return { tipo: 'poll', texto: title, data: { title, options, multiple }, datos: { title, multiple, total: 0, options: options.map((name) => ({ name, count: 0, voters: [] })) } };
    };
  },
};

const SIN_LUGAR = { 1: 'El navegador no deja ver dónde estás. Permítelo en el candado de la barra de direcciones.', 3: 'No se pudo saber dónde estás: tardó demasiado.' };

/** El permiso se pide aquí, al usarlo. */
function usarMiUbicacion(p) {
  if (!navigator.geolocation) { escribir(p.error, 'Este navegador no sabe dónde estás.'); return; }
  p.mia.disabled = true;
  escribir(p.error, '');
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    p.mia.disabled = false;
    p.latitud.value = coords.latitude.toFixed(6);
    p.longitud.value = coords.longitude.toFixed(6);
    p.nombre.focus();
  }, ({ code }) => {
    p.mia.disabled = false;
    escribir(p.error, SIN_LUGAR[code] ?? 'No se pudo saber dónde estás.');
  }, { enableHighAccuracy: true, timeout: 15_000 });
}
