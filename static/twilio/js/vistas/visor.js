// El visor: una imagen que se amplía y se arrastra, o un video; y se pasa a lo anterior y lo siguiente del chat cargado.
import { clonar, elemento, escribir, partes } from '../util/dom.js';
import { momentoCompleto } from '../util/tiempo.js';

const VISIBLES = new Set(['image', 'video', 'gif', 'short', 'sticker']);
const MAXIMO = 8;
const PASO = 1.5;

export class Visor {
  #store; #numero = ''; #clave = ''; #escala = 1; #x = 0; #y = 0; #dedos = new Map(); #visual = null;
  #dialogo = /** @type {HTMLDialogElement} */ (clonar('t-visor')); #p = partes(this.#dialogo);

  /** @param {PiezasArchivos} piezas */
  constructor({ store, conversacion }) {
    this.#store = store;
    document.body.append(this.#dialogo);
    conversacion.oir('abierta', () => this.#dialogo.close());
    this.#dialogo.addEventListener('close', () => this.#alCerrar());
    this.#dialogo.addEventListener('keydown', (e) => this.#alPulsar(e));
    this.#p.cerrar.addEventListener('click', () => this.#dialogo.close());
    this.#p.anterior.addEventListener('click', () => this.#pasar(-1));
    this.#p.siguiente.addEventListener('click', () => this.#pasar(1));
    this.#p.acercar.addEventListener('click', () => this.#ampliar(PASO));
    this.#p.alejar.addEventListener('click', () => this.#ampliar(1 / PASO));
    const { centro } = this.#p;
    centro.addEventListener('wheel', (e) => { e.preventDefault(); this.#ampliar(Math.exp(-e.deltaY / 400), e); }, { passive: false });
    centro.addEventListener('dblclick', (e) => { if (this.#escala > 1) this.#poner(1, 0, 0); else this.#ampliar(2.5, e); });
    centro.addEventListener('pointerdown', (e) => { if (this.#ampliable) this.#dedos.set(e.pointerId, e); });
    centro.addEventListener('pointermove', (e) => this.#mover(e));
    for (const fin of ['pointerup', 'pointercancel']) centro.addEventListener(fin, (e) => this.#dedos.delete(e.pointerId));
    centro.addEventListener('click', (e) => { if (e.target === centro && this.#escala === 1) this.#dialogo.close(); });
  }

  /** @param {string} numero @param {string} clave */
  mostrar(numero, clave) {
    this.#numero = numero;
    this.#clave = clave;
    if (!this.#actual) return;
    this.#dialogo.showModal();
    this.#pintar();
  }

  get #todos() { return this.#store.historia(this.#numero).mensajes.filter((m) => VISIBLES.has(m.tipo) && m.media?.status === 'ready' && !m.borrado); }
  get #actual() { return this.#todos.find((m) => m.clave === this.#clave); }
  get #ampliable() { return this.#visual instanceof HTMLImageElement; }

  #pintar() {
    const m = this.#actual;
    const todos = this.#todos;
    const lugar = todos.indexOf(m);
    const quien = m.propio ? 'Tú' : this.#store.conversacion(this.#numero)?.nombre ?? '';
    escribir(this.#p.titulo, `${quien}, ${momentoCompleto(m.fecha)}`);
    escribir(this.#p.pie, m.texto);
    escribir(this.#p.cuenta, todos.length > 1 ? `${lugar + 1} de ${todos.length}` : '');
    this.#p.descargar.href = `${m.media.url}?descargar=1`;
    this.#p.anterior.disabled = lugar <= 0;
    this.#p.siguiente.disabled = lugar >= todos.length - 1;
    this.#ponerVisual(m);
    for (const boton of [this.#p.acercar, this.#p.alejar]) boton.hidden = !this.#ampliable;
  }

  #ponerVisual({ media, tipo }) {
    const deVideo = !/^image\//.test(media.mime ?? '') && tipo !== 'image' && tipo !== 'sticker';
    this.#visual = deVideo ? document.createElement('video') : new Image();
    if (this.#visual instanceof HTMLVideoElement) Object.assign(this.#visual, { controls: true, autoplay: true, playsInline: true, loop: tipo === 'gif' });
    else Object.assign(this.#visual, { alt: 'Imagen del mensaje', draggable: false });
    this.#visual.addEventListener('error', () => escribir(this.#p.pie, 'No se pudo mostrar. Prueba a descargarlo.'), { once: true });
    this.#visual.src = media.url;
    this.#p.centro.replaceChildren(this.#visual);
    this.#poner(1, 0, 0);
  }

  #pasar(paso) {
    const todos = this.#todos;
    const vecino = todos[todos.findIndex((m) => m.clave === this.#clave) + paso];
    if (!vecino) return;
    this.#clave = vecino.clave;
    this.#pintar();
    if (document.activeElement?.matches(':disabled') || document.activeElement === document.body) this.#p.cerrar.focus();
  }

  /** Con el foco en el video, las flechas son suyas. */
  #alPulsar(evento) {
    if (evento.target instanceof HTMLVideoElement) return;
    const teclas = {
      ArrowLeft: () => this.#pasar(-1), ArrowRight: () => this.#pasar(1), '+': () => this.#ampliar(PASO), '-': () => this.#ampliar(1 / PASO), 0: () => this.#poner(1, 0, 0),
    };
    if (!(evento.key in teclas) || evento.ctrlKey || evento.metaKey) return;
    evento.preventDefault();
    teclas[evento.key]();
  }

  // --- Ampliar y arrastrar

  /** @param {number} veces @param {{clientX: number, clientY: number}} [sitio] lo que se queda quieto; sin él, el centro */
  #ampliar(veces, sitio) {
    if (!this.#ampliable) return;
    const escala = Math.min(MAXIMO, Math.max(1, this.#escala * veces));
    const { left, top, width, height } = this.#p.centro.getBoundingClientRect();
    const dx = sitio ? sitio.clientX - left - width / 2 : 0;
    const dy = sitio ? sitio.clientY - top - height / 2 : 0;
    const razon = escala / this.#escala;
    this.#poner(escala, dx - (dx - this.#x) * razon, dy - (dy - this.#y) * razon);
  }

  /** Nunca se arrastra fuera de la vista. */
  #poner(escala, x, y) {
    const { clientWidth, clientHeight } = this.#p.centro;
    const [sobraX, sobraY] = [clientWidth * (escala - 1) / 2, clientHeight * (escala - 1) / 2];
    this.#escala = escala;
    this.#x = Math.max(-sobraX, Math.min(sobraX, x));
    this.#y = Math.max(-sobraY, Math.min(sobraY, y));
    if (!this.#ampliable) return;
    this.#visual.style.transform = escala === 1 ? '' : `translate(${this.#x}px, ${this.#y}px) scale(${escala})`;
    this.#p.centro.dataset.ampliada = String(escala > 1);
    this.#p.alejar.disabled = escala === 1;
    this.#p.acercar.disabled = escala === MAXIMO;
    escribir(this.#p.nivel, escala === 1 ? '' : `${Math.round(escala * 100)} %`);
  }

  /** Un dedo arrastra; dos pellizcan. */
  #mover(evento) {
    const antes = this.#dedos.get(evento.pointerId);
    if (!antes) return;
    this.#dedos.set(evento.pointerId, evento);
    if (this.#escala > 1) this.#p.centro.setPointerCapture(evento.pointerId); // antes no: el clic sería del fondo, que cierra
    const otro = [...this.#dedos.values()].find((d) => d.pointerId !== evento.pointerId);
    if (!otro) { this.#poner(this.#escala, this.#x + evento.clientX - antes.clientX, this.#y + evento.clientY - antes.clientY); return; }
    const distancia = (d) => Math.hypot(d.clientX - otro.clientX, d.clientY - otro.clientY) || 1;
    this.#ampliar(distancia(evento) / distancia(antes), { clientX: (evento.clientX + otro.clientX) / 2, clientY: (evento.clientY + otro.clientY) / 2 });
  }

  /** El foco vuelve al mensaje que se estaba viendo, aunque su burbuja se haya vuelto a pintar. */
  #alCerrar() {
    this.#p.centro.replaceChildren();
    this.#visual = null;
    this.#dedos.clear();
    const nodo = elemento('mensajes').querySelector(`[data-clave="${CSS.escape(this.#clave)}"]`);
    (nodo?.querySelector('[data-accion="ver"]') ?? elemento('registro')).focus();
  }
}
