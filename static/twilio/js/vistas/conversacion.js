// El panel de una conversación: su cabecera, la carga de sus mensajes y lo que se dice cuando no se puede mostrar.
// Después de cada espera comprueba que el chat abierto siga siendo el mismo.
import { ErrorApi } from '../api.js';
import { elemento, escribir } from '../util/dom.js';
import { Emisor } from '../util/emisor.js';
import { formatearNumero } from '../util/numero.js';
import { previa } from '../util/tipos.js';
import { pintarAvatar } from './fila.js';

const PAGINA = 50;
const PAGINA_MAXIMA = 200;
const ESPERA_ESQUELETO = 120;

export class VistaConversacion extends Emisor {
  #api; #store; #registro; #envios; #numero = null; #control = null; #cargando = false; #cargandoAnteriores = false; #cargandoSiguientes = false;
  #region = elemento('conversacion'); #estado = elemento('chat-estado');

  /** @param {Piezas} piezas */
  constructor({ api, store, registro, envios }) {
    super();
    this.#api = api;
    this.#store = store;
    this.#registro = registro;
    this.#envios = envios;
    store.oir('lista', () => this.#pintarCabecera());
    store.oir('llegada', (d) => this.#anunciar(d));
    registro.oir('faltan-anteriores', () => this.#cargarAnteriores());
    registro.oir('faltan-siguientes', () => this.#cargarSiguientes());
    registro.oir('falta-final', () => this.#volverAlFinal());
    elemento('mensajes').addEventListener('click', (e) => this.#alTocar(e.target));
    elemento('anteriores-boton').addEventListener('click', () => this.#traerAnteriores());
    elemento('chat-estado-accion').addEventListener('click', () => this.abrir(this.#numero));
  }

  get numero() { return this.#numero; }

  /** Abre un chat, o ninguno. */
  async abrir(numero) {
    this.#control?.abort();
    if (this.#numero !== numero) this.#store.soltarTramo(this.#numero);
    this.#numero = numero;
    this.#registro.abrir(numero);
    this.emitir('abierta', numero);
    this.#estado.hidden = true;
    elemento('registro-inicio').hidden = true;
    elemento('anteriores').hidden = true;
    escribir(elemento('anteriores-estado'), '');
    this.#region.hidden = !numero;
    elemento('bienvenida').hidden = Boolean(numero);
    document.body.dataset.panel = numero ? 'chat' : 'lista';
    if (!numero) return;
    this.#pintarCabecera();
    await this.#cargar(numero);
  }

  /** Lo guardado se ve ya; lo nuevo se pide siempre. */
  async #cargar(numero, mover = true) {
    this.#control = new AbortController();
    const { signal } = this.#control;
    this.#cargando = true;
    this.#estado.hidden = true;
    const sinLeer = this.#store.conversacion(numero)?.sinLeer ?? 0;
    const guardada = this.#store.historia(numero).cargada;
    if (guardada && mover) this.#mostrar(sinLeer);
    const esqueleto = setTimeout(() => { if (this.#numero === numero && !guardada) elemento('registro-esqueleto').hidden = false; }, ESPERA_ESQUELETO);
    try {
      const limit = Math.min(PAGINA_MAXIMA, Math.max(PAGINA, sinLeer + 20));
      const pagina = await this.#api.conversacion(numero, { limit }, signal);
      if (this.#numero !== numero || signal.aborted) return;
      this.#recibir(numero, pagina, guardada || !mover, sinLeer);
    } catch (error) {
      this.#alFallar(numero, signal, guardada, error);
    } finally {
      clearTimeout(esqueleto);
      if (!signal.aborted) this.#cargando = false;
      if (this.#numero === numero) elemento('registro-esqueleto').hidden = true;
    }
  }

  #recibir(numero, pagina, guardada, sinLeer) {
    if (!this.#store.conversacion(numero)) this.#store.anotarDesdePagina(numero, pagina);
    this.#store.ponerPaginaNueva(numero, pagina);
    this.#store.cambiarConversacion(numero, { fusion: pagina.merged });
    this.#pintarCabecera();
    if (!guardada) this.#mostrar(sinLeer || (pagina.unread_count ?? 0));
    this.#pintarInicio();
  }

  #mostrar(sinLeer) {
    this.#registro.mostrar(sinLeer);
    this.#pintarInicio();
  }

  #alFallar(numero, signal, guardada, error) {
    if (!(error instanceof ErrorApi)) throw error;
    if (this.#numero !== numero || signal.aborted || error.abortado) return;
    if (error.estado === 403 || error.estado === 404) { this.#prohibir(numero, error); return; }
    if (!guardada) this.#decir('No se pudieron cargar los mensajes', error.message, 'Probar ahora');
  }

  #prohibir(numero, error) {
    if (this.#store.conversacion(numero)) { this.#store.quitarConversacion(numero); return; }
    this.#registro.abrir(null);
    this.#numero = null;
    elemento('registro-esqueleto').hidden = true;
    this.#decir(error.estado === 403 ? 'Esta conversación no es tuya' : 'Esta conversación no existe', error.message, '');
    this.emitir('prohibida');
  }

  #decir(titulo, texto, accion) {
    this.#estado.hidden = false;
    escribir(elemento('chat-estado-titulo'), titulo);
    escribir(elemento('chat-estado-texto'), texto);
    escribir(elemento('chat-estado-accion'), accion);
    elemento('chat-estado-accion').hidden = !accion;
  }

  /** Si el chat abierto no se pudo cargar, o hubo que olvidarlo, se pide otra vez sin mover la lectura. */
  async refrescar() {
    if (!this.#numero || this.#cargando || this.#store.historia(this.#numero).cargada) return;
    await this.#cargar(this.#numero, !this.#estado.hidden);
  }

  async #cargarAnteriores() {
    const numero = this.#numero;
    const primero = this.#store.historia(numero).primeroConSeq;
    if (this.#cargandoAnteriores || !primero) return;
    this.#cargandoAnteriores = true;
    this.#decirInicio('Cargando mensajes anteriores…');
    try {
      const pagina = await this.#api.conversacion(numero, { limit: PAGINA, antes: primero.seq });
      this.#store.ponerPaginaAnterior(numero, pagina);
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      await new Promise((seguir) => setTimeout(seguir, 3000)); // sin red no se insiste sin respiro
    } finally {
      this.#cargandoAnteriores = false;
      if (this.#numero === numero) this.#pintarInicio();
      this.#registro.revisar();
    }
  }

  /** Desde un tramo de atrás, hacia lo último. */
  async #cargarSiguientes() {
    const numero = this.#numero;
    const ultimo = this.#store.historia(numero).ultimoConSeq;
    if (this.#cargandoSiguientes || !ultimo) return;
    this.#cargandoSiguientes = true;
    try {
      this.#store.ponerPaginaSiguiente(numero, await this.#api.conversacion(numero, { limit: PAGINA, despues: ultimo.seq }));
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      await new Promise((seguir) => setTimeout(seguir, 3000));
    } finally {
      this.#cargandoSiguientes = false;
    }
  }

  /** Deja el tramo de atrás y enseña lo último, que aún no estaba cargado. */
  async #volverAlFinal() {
    const numero = this.#numero;
    try {
      const pagina = await this.#api.conversacion(numero, { limit: PAGINA });
      if (this.#numero !== numero) return;
      this.#store.soltarTramo(numero);
      this.#store.ponerPaginaNueva(numero, pagina);
      this.#registro.irAlFinal();
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      this.emitir('aviso', error.message);
    }
  }

  #pintarInicio() {
    const historia = this.#store.historia(this.#numero);
    const alPrincipio = historia.cargada && !historia.hayMas;
    elemento('anteriores').hidden = !alPrincipio || historia.completa;
    elemento('registro-inicio').hidden = true;
    if (!alPrincipio) return;
    if (!historia.mensajes.length) this.#decirInicio('Aún no hay mensajes. Escribe el primero.');
    else if (historia.completa) this.#decirInicio('Aquí empieza la conversación');
  }

  async #traerAnteriores() {
    const numero = this.#numero;
    try {
      const { traerAnteriores } = await import('./anteriores.js');
      await traerAnteriores({ api: this.#api, store: this.#store, numero, abierto: () => this.#numero });
    } catch {
      this.emitir('aviso', 'No se pudo abrir. Revisa tu internet e inténtalo de nuevo.');
    }
    if (this.#numero === numero) this.#pintarInicio();
  }

  #decirInicio(frase) {
    elemento('registro-inicio').hidden = false;
    escribir(elemento('registro-inicio'), frase);
  }

  #pintarCabecera() {
    if (!this.#numero) return;
    const conversacion = this.#store.conversacion(this.#numero);
    const numero = formatearNumero(this.#numero);
    const nombre = conversacion?.nombre ?? numero;
    this.#region.setAttribute('aria-label', `Conversación con ${nombre}`);
    escribir(elemento('chat-nombre'), nombre);
    const detalle = [nombre === numero ? '' : numero, conversacion?.fusion ? 'Unida con número oculto' : ''];
    escribir(elemento('chat-detalle'), detalle.filter(Boolean).join(' · '));
    escribir(elemento('chat-presencia'), conversacion?.presencia ?? '');
    pintarAvatar(elemento('chat-avatar'), { numero: this.#numero, nombre, foto: conversacion?.foto ?? null });
  }

  #anunciar({ mensaje, conversacion }) {
    if (mensaje.numero !== this.#numero || mensaje.propio) return;
    escribir(elemento('anuncio'), ''); // un segundo «ok» igual al primero también se dice
    escribir(elemento('anuncio'), `${conversacion?.nombre ?? ''}: ${previa(mensaje)}`);
  }

  #alTocar(objetivo) {
    const nodo = objetivo.closest('.mensaje');
    const mensaje = nodo && this.#store.historia(this.#numero).obtener(nodo.dataset.clave);
    if (!mensaje) return;
    const accion = objetivo.closest('[data-accion]')?.dataset.accion;
    if (accion === 'reintentar') this.#envios.reintentar(mensaje);
    if (accion === 'editar') this.emitir('editar', this.#envios.retirar(mensaje));
    if (accion === 'original') this.emitir('original', { numero: this.#numero, id: mensaje.citado.id });
  }
}
