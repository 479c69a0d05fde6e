// La entrada: valida mientras se escribe, entra y vuelve a donde se estaba. No guarda contraseñas.
import { Api, BASE, ErrorApi } from './api.js';
import { elemento, escribir, ponerIcono } from './util/dom.js';

const api = new Api();
const formulario = elemento('formulario');
const boton = elemento('entrar');
const error = elemento('error');
const CAMPOS = [
  { nodo: elemento('usuario'), ayuda: elemento('usuario-ayuda'), falta: 'Escribe tu usuario.' },
  { nodo: elemento('contrasena'), ayuda: elemento('contrasena-ayuda'), falta: 'Escribe tu contraseña.' },
];
const MOTIVOS = {
  sesion: 'Tu sesión terminó. Entra de nuevo: lo que estabas escribiendo está guardado.',
};

function problema({ nodo, falta }) {
  if (!nodo.value.trim()) return falta;
  return nodo.type === 'text' && nodo.name === 'username' && /\s/.test(nodo.value.trim()) ? 'El usuario no lleva espacios.' : '';
}

/** @returns {boolean} si el campo está bien */
function validar(campo) {
  const frase = problema(campo);
  escribir(campo.ayuda, frase);
  campo.nodo.setAttribute('aria-invalid', String(Boolean(frase)));
  return !frase;
}

function decirError(frase) {
  escribir(error, frase);
  delete error.dataset.anima;
  void error.offsetWidth; // para que la animación vuelva a empezar
  if (frase) error.dataset.anima = '';
}

function ocupado(si) {
  boton.setAttribute('aria-busy', String(si));
  escribir(elemento('entrar-texto'), si ? 'Entrando…' : 'Entrar');
}

/** Cuenta atrás tras demasiados intentos. */
function esperar(segundos) {
  let quedan = segundos;
  boton.disabled = true;
  const paso = () => {
    if (quedan <= 0) { boton.disabled = false; escribir(elemento('entrar-texto'), 'Entrar'); clearInterval(reloj); return; }
    escribir(elemento('entrar-texto'), `Espera ${quedan} s`);
    quedan -= 1;
  };
  const reloj = setInterval(paso, 1000);
  paso();
}

function frasePara(fallo) {
  if (fallo.sinRed) return 'No hay conexión con el servidor. Revisa tu internet e inténtalo de nuevo.';
  if (fallo.estado === 429) return 'Demasiados intentos seguidos. Espera un momento antes de probar otra vez.';
  if (fallo.estado === 503) return 'El servicio no tiene conexión con la base de datos. Inténtalo en un minuto.';
  return fallo.message;
}

async function entrar() {
  const [usuario, clave] = CAMPOS.map((campo) => campo.nodo);
  ocupado(true);
  decirError('');
  try {
    await api.entrar(usuario.value.trim(), clave.value);
    location.replace(`${BASE}${location.hash}`);
  } catch (fallo) {
    if (!(fallo instanceof ErrorApi)) throw fallo;
    ocupado(false);
    decirError(frasePara(fallo));
    if (fallo.estado === 429) esperar(fallo.espera || 30);
    else if (fallo.estado === 401) clave.select();
  }
}

function alEnviar(evento) {
  evento.preventDefault();
  if (boton.getAttribute('aria-busy') === 'true' || boton.disabled) return;
  const malos = CAMPOS.filter((campo) => { campo.tocado = true; return !validar(campo); });
  if (malos.length) malos[0].nodo.focus();
  else entrar();
}

function alternarClave() {
  const [, { nodo }] = CAMPOS;
  const visible = nodo.type === 'password';
  const ver = elemento('ver');
  nodo.type = visible ? 'text' : 'password';
  ver.setAttribute('aria-pressed', String(visible));
  ver.setAttribute('aria-label', visible ? 'Ocultar contraseña' : 'Mostrar contraseña');
  ponerIcono(ver.querySelector('svg'), visible ? 'i-ojo-no' : 'i-ojo');
}

function mostrarMotivo() {
  const motivo = new URLSearchParams(location.search).get('motivo');
  if (!motivo) return;
  const nodo = elemento('motivo');
  escribir(nodo, MOTIVOS[motivo] ?? motivo.slice(0, 200));
  nodo.dataset.tono = 'alerta';
  nodo.hidden = false;
}

for (const campo of CAMPOS) {
  campo.nodo.addEventListener('input', () => { decirError(''); if (campo.nodo.value || campo.tocado) { campo.tocado = true; validar(campo); } });
  campo.nodo.addEventListener('blur', () => { if (campo.nodo.value) { campo.tocado = true; validar(campo); } });
}
formulario.addEventListener('submit', alEnviar);
elemento('ver').addEventListener('click', alternarClave);
mostrarMotivo();
