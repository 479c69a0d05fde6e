// Índice de la pantalla: crea las piezas, las une y define las funciones que nombra la especificación.
// Aquí no se pinta ni se habla por la red: cada cosa la hace su módulo.
import { Alertas } from './alertas.js';
import { BASE, ErrorApi } from './api.js';
import { BandejaDeSalida, Envios } from './envios.js';
import { montarEscritorio } from './escritorio.js';
import { agente, api, borradores, borradoresServidor, buscador, linea, lista, mirada, mostrarAtajos, paginas, preferencias, primeraPagina, ruta, store } from './inicio.js';
import { instalar } from './instalacion.js';
import { Lectura } from './lectura.js';
import { Sincronia } from './sincronia.js';
import { CanalEnVivo } from './socket.js';
import { elemento } from './util/dom.js';
import { formatearNumero } from './util/numero.js';
import { previa } from './util/tipos.js';
import { avisar } from './vistas/avisos.js';
import { VistaConversacion } from './vistas/conversacion.js';
import { DialogoNuevo, confirmarSalida } from './vistas/dialogos.js';
import { pintarAgente, pintarConexion } from './vistas/encabezado.js';
import { Menu } from './vistas/menu.js';
import { Redactor } from './vistas/redactor.js';
import { Registro } from './vistas/registro.js';

const canal = new CanalEnVivo();
const envios = new Envios({ api, store, salida: new BandejaDeSalida(agente) });
const sincronia = new Sincronia({ api, store, canal, cargarTodo: cargarConversaciones });

const registro = new Registro({ store });
const conversacion = new VistaConversacion({ api, store, registro, envios });
const lectura = new Lectura({ api, store, abierto: () => conversacion.numero });
const seVe = mirada.seVe = (numero) => lectura.seVe(numero);
const redactor = new Redactor({ borradores, preferencias, enviar: enviarMensaje });
const menu = new Menu({ preferencias });
const dialogoNuevo = new DialogoNuevo({ api });
const alertas = new Alertas({ store, preferencias, seVe, abrir: (numero) => ruta.abrir(numero) });
const escritorio = montarEscritorio({
  api, store, canal, registro, envios, conversacion, redactor, borradores, borradoresServidor, preferencias, sincronia, paginas, buscador,
  abierto: () => conversacion.numero, abrir: (numero) => ruta.abrir(numero), nombre: () => elemento('agente-nombre').textContent,
});

/** ¿Sigue abierta la sesión? Sin red no se sabe, y no se echa a nadie. */
export async function verificarSesion() {
  try {
    return await api.sesion();
  } catch (error) {
    if (!(error instanceof ErrorApi)) throw error;
    return error.estado === 401 ? { logged_in: false } : { logged_in: true };
  }
}

export function mostrarInfoAgente(nombre) { pintarAgente(nombre, linea); }

/** La primera página de la lista; las demás llegan al deslizar. @returns {Promise<string>} cursor para pedir cambios */
export async function cargarConversaciones() {
  const cursor = await primeraPagina();
  conversacion.refrescar();
  return cursor;
}

/** Abre una conversación y carga sus mensajes. @param {boolean} [enfocar] poner el teclado en el cuadro */
export async function cargarConversacion(numero, enfocar = true) {
  redactor.permitir(true);
  canal.abrir(numero);
  const carga = conversacion.abrir(numero);
  lista.activar(numero);
  redactor.abrir(numero, enfocar);
  await carga;
  lectura.revisar();
}

/** Envía lo escrito al chat abierto; la burbuja aparece antes de que el servidor conteste. Si hubo que preguntar antes por la línea, solo sigue si nada cambió. */
export async function enviarMensaje() {
  const { numero } = conversacion;
  const texto = redactor.texto.trim();
  if (!numero || !texto) return;
  const igual = () => conversacion.numero === numero && redactor.texto.trim() === texto;
  if (escritorio.frena(() => (igual() ? enviarMensaje() : avisar('No se envió: cambiaste de chat o de texto. Lo escrito sigue en su cuadro.')))) return;
  redactor.vaciar();
  registro.quitarLinea();
  const envio = envios.enviar(numero, texto, escritorio.tomarCita());
  registro.irAlFinal();
  await envio;
}

/** Quien empieza a salir termina: un 401 que llegue mientras tanto no cambia a dónde se va ni por qué. */
let saliendo = false;

/** Pregunta una vez y sale. */
export async function cerrarSesion() {
  if (!(await confirmarSalida())) return;
  saliendo = true;
  redactor.guardar();
  canal.cerrar(); // el aviso de sesión terminada es para las otras pantallas
  try {
    await api.salir();
    irAEntrada('');
  } catch (error) {
    saliendo = false;
    if (!(error instanceof ErrorApi)) throw error;
    canal.despertar();
    avisar(`No se pudo cerrar la sesión. ${error.message}`, { urgente: true });
  }
}

/** @param {any} datos evento new_message */
export function handleNuevoMensaje(datos) { store.recibirMensaje(datos); }

/** @param {any} datos evento message_status */
export function handleStatusUpdate(datos) { store.recibirEstado(datos); }

/** @param {any} datos evento message_update */
export function handleMessageUpdate(datos) { store.recibirCambio(datos); }

/** @param {any} datos evento conversation_update */
export function handleConversationUpdate(datos) {
  const numero = String(datos.numero);
  if (datos.event_type === 'unassigned') { store.quitarConversacion(numero); return; }
  if (datos.event_type === 'assigned' || !store.conversacion(numero)) { sincronia.ponerseAlDia(); return; }
  const cambios = {};
  if (Number.isFinite(datos.unread_count)) cambios.sinLeer = datos.unread_count;
  if (datos.nombre) cambios.nombre = datos.nombre;
  if (datos.profile_picture) cambios.foto = datos.profile_picture;
  store.cambiarConversacion(numero, cambios);
}

export function inicializarSocketIO() {
  canal.oir('mensaje', handleNuevoMensaje);
  canal.oir('estado', handleStatusUpdate);
  canal.oir('cambio', handleMessageUpdate);
  canal.oir('conversacion', handleConversationUpdate);
  canal.oir('sesion', (d) => alTerminarSesion(d?.motivo));
  canal.oir('rechazado', (d) => { if (/sesión/i.test(d.motivo)) verificarSesion().then(alVerificar); });
  return canal.iniciar();
}

function alQuitar(numero) {
  if (conversacion.numero !== numero) return;
  ruta.cerrar();
  avisar('La conversación que tenías abierta pasó a otra persona.');
}

/** La primera noticia manda; las demás peticiones que se enteren ya no navegan. */
function alTerminarSesion(motivo = 'sesion') { if (!saliendo) irAEntrada(motivo); }

/** Guarda lo escrito y vuelve a la entrada, con la dirección del chat para regresar a él. */
function irAEntrada(motivo) {
  saliendo = true;
  if (!motivo) history.replaceState(null, '', BASE);
  redactor.guardar();
  sincronia.parar();
  canal.cerrar();
  location.assign(`${BASE}/login${motivo ? `?motivo=${encodeURIComponent(motivo)}` : ''}${location.hash}`);
}

const ACCIONES = {
  tema: (valor) => preferencias.poner('tema', valor),
  sonido: () => preferencias.poner('sonido', !preferencias.obtener('sonido')),
  notificaciones: () => alternarNotificaciones(),
  enterEnvia: () => preferencias.poner('enterEnvia', !preferencias.obtener('enterEnvia')),
  primeroNoLeidos: () => preferencias.poner('primeroNoLeidos', !preferencias.obtener('primeroNoLeidos')),
  confirmarLectura: () => escritorio.senal('confirmarLectura'),
  mostrarEscribiendo: () => escritorio.senal('mostrarEscribiendo'),
  respuestas: () => escritorio.administrar(),
  libro: () => import('./vistas/panel-libro.js').then((m) => m.mostrarLibro({ api }), () => avisar('No se pudo abrir. Revisa tu internet e inténtalo de nuevo.')),
  atajos: mostrarAtajos,
  salir: cerrarSesion,
};

async function alternarNotificaciones() {
  const encender = !preferencias.obtener('notificaciones');
  if (encender && !(await alertas.pedirPermiso())) {
    avisar('El navegador tiene bloqueadas las notificaciones de esta página. Se permiten en el candado de la barra de direcciones.');
    return;
  }
  preferencias.poner('notificaciones', encender);
}

function unirVistas() {
  ruta.oir('cambio', cargarConversacion);
  lista.oir('reintentar', () => { paginas.reintentar(); sincronia.ponerseAlDia(); });
  menu.oir('elegir', (d) => ACCIONES[d.accion](d.valor));
  conversacion.oir('prohibida', () => redactor.permitir(false));
  conversacion.oir('editar', (texto) => redactor.devolver(texto));
  conversacion.oir('aviso', avisar);
  dialogoNuevo.oir('abierta', abrirNueva);
  elemento('nuevo-chat').addEventListener('click', () => dialogoNuevo.mostrar());
  elemento('volver').addEventListener('click', () => ruta.cerrar());
  elemento('franja-reintentar').addEventListener('click', () => { canal.despertar(); sincronia.ponerseAlDia(); envios.reanudar(); });
}

function abrirNueva(item) {
  store.guardarConversaciones({ [item.numero]: item });
  ruta.abrir(String(item.numero));
}

function unirDatos() {
  api.alPerderSesion(() => alTerminarSesion());
  addEventListener('pageshow', (e) => { if (e.persisted && saliendo) location.reload(); }); // «atrás» no resucita una sesión
  sincronia.oir('estado', (d) => {
    pintarConexion(d);
    if (d.estado !== 'al-dia') return;
    conversacion.refrescar();
    envios.reanudar();
    if (paginas.error) paginas.reintentar();
  });
  envios.oir('sin-red', () => sincronia.ponerseAlDia());
  envios.oir('devuelto', devolver);
  store.oir('quitada', alQuitar);
}

/** Lo que ya no puede salir se queda a la vista de quien lo escribió hasta que lo cierre. */
function devolver(envio) {
  avisar(`No salió a ${envio.contacto ?? formatearNumero(envio.numero)}: ${previa(envio)}`, { urgente: true, copiable: envio.texto, alCerrar: () => envios.soltar(envio) });
}

/** La lista se usa antes de llegar aquí: quien ya teclea en otro sitio sigue allí. */
function nadieTeclea() {
  const enfocado = /** @type {HTMLElement|null} */ (document.activeElement);
  return !enfocado || enfocado === document.body || enfocado.dataset.numero === ruta.numero;
}

async function arrancar() {
  preferencias.aplicarTema();
  unirVistas();
  unirDatos();
  verificarSesion().then(alVerificar); // a la vez que la lista: un viaje menos antes de verla
  inicializarSocketIO();
  envios.recuperar();
  if (ruta.numero) cargarConversacion(ruta.numero, nadieTeclea());
  instalar();
  await sincronia.iniciar();
}

function alVerificar(sesion) {
  if (!sesion.logged_in) alTerminarSesion();
  else if (sesion.nombre) mostrarInfoAgente(sesion.nombre);
}

arrancar();
