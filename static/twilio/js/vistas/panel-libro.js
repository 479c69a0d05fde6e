// El panel de la línea y los mensajes: qué llegó, qué se recuperó, qué se rechazó y qué no se entendió. Lo cuenta el servidor.
import { ErrorApi } from '../api.js';
import { clonar, elemento, escribir } from '../util/dom.js';
import { fechaLista, horaCorta, momentoCompleto } from '../util/tiempo.js';

const CADA = 2500;
const MOTIVOS = { arranque: 'Al arrancar', línea: 'Volvió la línea', horario: 'Cada tanto', agente: 'La pidió alguien', continuación: 'Siguió la anterior' };
const QUEDO = { running: 'En curso…', done: 'Completa', failed: 'No se pudo' };

let panel = null;

export function mostrarLibro(piezas) { (panel ??= new PanelLibro(piezas)).mostrar(); }

class PanelLibro {
  #api; #dialogo = elemento('dialogo-libro'); #reloj = 0; #pedido = false;

  constructor({ api }) {
    this.#api = api;
    const hoja = document.createElement('link');
    hoja.rel = 'stylesheet';
    hoja.href = new URL('../../css/libro.css', import.meta.url).href;
    document.head.append(hoja);
    this.#dialogo.addEventListener('close', () => clearTimeout(this.#reloj));
    elemento('libro-comparar').addEventListener('click', () => this.#intentar(() => this.#comparar()));
    elemento('libro-reprocesar').addEventListener('click', () => this.#intentar(() => this.#reprocesar({})));
    this.#cuerpo('cartas').addEventListener('click', (e) => {
      const id = e.target.closest('button')?.dataset.id;
      if (id) this.#intentar(() => this.#reprocesar({ id }));
    });
  }

  mostrar() {
    this.#decir('');
    this.#dialogo.showModal();
    this.#revisar();
  }

  /** Mientras esté a la vista se mira de nuevo, más seguido si hay una comparación en curso. */
  async #revisar() {
    clearTimeout(this.#reloj);
    await this.#intentar(() => this.#cargar());
    if (this.#dialogo.open) this.#reloj = setTimeout(() => this.#revisar(), this.#pedido ? CADA : CADA * 4);
  }

  async #cargar() {
    const [libro, { line }] = await Promise.all([this.#api.pedir('/api/libro'), this.#api.pedir('/api/linea')]);
    const ultima = libro.comparisons[0];
    escribir(elemento('libro-linea'), line.ok && line.state ? 'La línea está conectada.' : line.text || 'Aún no se sabe cómo está la línea.');
    this.#resumir([
      ['Última entrega', cuando(libro.last_delivery)], ['Última comparación', cuando(ultima?.finished ?? ultima?.started)],
      ['Mensajes recuperados', libro.recovered_total], ['Sin entender', libro.dead_letters.pending],
    ]);
    this.#llenar('comparaciones', libro.comparisons, (c) => [cuando(c.started), [QUEDO[c.status], c.error].filter(Boolean).join(': '), c.checked, c.recovered, MOTIVOS[c.reason]], (c) => c.status === 'failed');
    this.#llenar('entregas', libro.deliveries, (d) => [d.name, d.count, cuando(d.last)]);
    this.#llenar('rechazos', libro.refused, (r) => [`${r.reason} (${r.code})`, r.count, cuando(r.last)]);
    this.#llenar('cartas', libro.dead_letters.items, (c) => [c.kind, c.refusal ?? c.reason, c.count, cuando(c.last), tamano(c.bytes), botonDe(c)]);
    elemento('libro-reprocesar').hidden = libro.dead_letters.items.length < 2;
    this.#pedido = ultima?.status === 'running';
    elemento('libro-comparar').setAttribute('aria-disabled', String(this.#pedido));
  }

  #cuerpo(clave) { return this.#dialogo.querySelector(`[data-tabla="${clave}"] tbody`); }

  #llenar(clave, filas, celdas, esMala = (_fila) => false) {
    const foco = document.activeElement?.dataset.id;
    this.#dialogo.querySelector(`[data-vacio="${clave}"]`).hidden = filas.length > 0;
    this.#dialogo.querySelector(`[data-tabla="${clave}"]`).hidden = !filas.length;
    this.#cuerpo(clave).replaceChildren(...filas.map((fila) => armarFila(celdas(fila), esMala(fila))));
    if (foco) this.#cuerpo(clave).querySelector(`[data-id="${CSS.escape(foco)}"]`)?.focus();
  }

  #resumir(pares) {
    elemento('libro-resumen').replaceChildren(...pares.map(([nombre, valor]) => {
      const nodo = clonar('t-paso');
      escribir(nodo.querySelector('dt'), nombre);
      nodo.querySelector('dd').append(valor instanceof Node ? valor : String(valor));
      nodo.className = '';
      return nodo;
    }));
  }

  async #comparar() {
    if (this.#pedido) return;
    this.#pedido = true;
    elemento('libro-comparar').setAttribute('aria-disabled', 'true');
    this.#decir('', 'Comparación pedida.');
    try {
      await this.#api.pedir('/api/libro/comparar', { metodo: 'POST', cuerpo: {} });
    } catch (error) {
      this.#pedido = false;
      elemento('libro-comparar').setAttribute('aria-disabled', 'false');
      throw error;
    }
    clearTimeout(this.#reloj);
    this.#reloj = setTimeout(() => this.#revisar(), 700);
  }

  async #reprocesar(cuerpo) {
    const { resueltas, rechazadas } = await this.#api.pedir('/api/libro/reprocesar', { metodo: 'POST', cuerpo, plazo: 60_000 });
    const frase = `${resueltas} resueltas, ${rechazadas.length} siguen sin entenderse.`;
    await this.#cargar();
    this.#decir('', cuerpo.id ? rechazadas[0]?.motivo ?? 'Resuelta: el mensaje ya está en su chat.' : frase);
  }

  async #intentar(hacer) {
    try {
      await hacer();
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      this.#decir(error.message);
    }
  }

  #decir(queja, aviso = '') {
    escribir(elemento('libro-error'), queja);
    escribir(elemento('libro-aviso'), aviso);
  }
}

function armarFila(celdas, mala) {
  const fila = clonar('t-libro-fila');
  if (mala) fila.dataset.tono = 'mal';
  fila.append(...celdas.map((valor, i) => {
    const celda = document.createElement(i ? 'td' : 'th');
    if (!i) celda.setAttribute('scope', 'row');
    celda.append(valor instanceof Node ? valor : String(valor ?? ''));
    return celda;
  }));
  return fila;
}

function botonDe(carta) {
  const boton = clonar('t-libro-carta');
  boton.dataset.id = carta.id;
  boton.setAttribute('aria-label', `Volver a procesar: ${carta.kind}, ${carta.reason}`);
  return boton;
}

/** Hoy, la hora; antes, el día y la hora. Entera, al pasar por encima. */
function cuando(iso) {
  if (!iso) return '—';
  const nodo = document.createElement('time');
  nodo.dateTime = iso;
  nodo.title = momentoCompleto(iso);
  const dia = fechaLista(iso);
  nodo.textContent = dia === horaCorta(iso) ? dia : `${dia}, ${horaCorta(iso)}`;
  return nodo;
}

const tamano = (bytes) => (bytes < 1024 ? `${bytes} B` : `${Math.round(bytes / 1024)} kB`);
