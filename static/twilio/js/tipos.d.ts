// Los tipos de la pantalla, para revisar los módulos; el navegador no lee este archivo.

type Estado = 'pending' | 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'unknown';

interface Mensaje {
  /** Identidad estable en la pantalla, la misma antes y después de que el servidor lo acepte. */
  clave: string;
  /** Clave del servidor; null mientras solo existe aquí. */
  seq: number | null;
  clienteId: string | null;
  /** El del proveedor. */
  id: string;
  /** La conversación a la que pertenece. */
  numero: string;
  /** Salió de nuestra línea. */
  propio: boolean;
  texto: string;
  /** ISO 8601. */
  fecha: string;
  estado: Estado;
  tipo: string;
  mediaUrl: string | null;
  agente: string | null;
  agenteNombre: string | null;
  /** customer | agent | phone | api */
  origen: string;
  citado: { id: string; texto: string; tipo: string; propio: boolean } | null;
  error: string | null;
  /** Cuándo alcanzó cada estado. */
  pasos: Record<string, string>;
  /** Vino de la historia del proveedor: llegó tarde y no llama a nadie. */
  recuperado?: boolean;
  /** Cuántas veces cambió en el servidor: la noticia con más es la más nueva. */
  version: number;
  /** Saldrá solo cuando vuelva la conexión. */
  enEspera: boolean;
  /** El contenido de su tipo, como lo da el servidor. */
  datos: any;
  media: Media | null;
  /** Mientras se sube desde aquí: el nodo que enseña el avance. */
  local?: { nodo: HTMLElement } | null;
  reacciones: Array<{ emoji: string; from_me: boolean; agent?: string; at: string }>;
  editado: string | null;
  borrado: string | null;
  editableHasta: string | null;
  borrable: boolean;
  fuente: string;
}

/** El archivo de un mensaje. */
interface Media {
  id: number; status: 'pending' | 'ready' | 'lost' | 'failed'; error: string | null; mime: string | null; name: string | null; size: number | null;
  width: number | null; height: number | null; seconds: number | null; pages: number | null; waveform: string | null; url: string; thumb: string | null;
}

interface Resumen {
  texto: string; fecha: string; tipo: string; propio: boolean; estado: string; seq: number | null; clave?: string; anunciado?: number;
}

interface Conversacion {
  clave: string; numero: string; nombre: string; oculto: boolean; foto: string | null; sinLeer: number; total: number; ultimo: Resumen;
  fijada: boolean; silenciada: boolean;
  /** «escribiendo…»; vacío o ausente si no hace nada. */
  presencia?: string;
  /** La unión con una identidad oculta, para deshacerla. */
  fusion?: number | null;
  /** Por dónde se le responde: whapi | twilio. */
  fuente: string;
  /** Hasta cuándo admite texto libre ese canal, ISO 8601; null = siempre. */
  ventanaHasta: string | null;
}

/** Una plantilla que WhatsApp ya aprobó; `variables` trae un ejemplo de cada una. */
interface Plantilla { sid: string; nombre: string; idioma: string; texto: string; variables: Record<string, string> }

/** Lo que una fila de la lista necesita para pintarse. */
type Fila = Conversacion & { activa: boolean; visible: number; borrador: string };

/** Lo que una burbuja sabe de su alrededor. */
interface Contexto { primero: boolean; contacto: string; agente: string; entero: boolean }

/** Un mensaje escrito aquí que el servidor aún no confirmó. */
interface EnvioPendiente { clienteId: string; numero: string; texto: string; fecha: string }

/** Lo que dispara un evento de la página es siempre un elemento. */
interface EventTarget {
  closest(selector: string): any; matches(selector: string): boolean;
  value?: any; checked?: boolean; id?: string;
}

interface Node { dataset?: DOMStringMap; data?: string }
interface Element { hidden?: boolean | 'until-found' }

/** Las piezas que chat.js reparte; cada constructor toma las suyas. */
type Piezas = Partial<TodasLasPiezas>;
interface TodasLasPiezas {
  api: import('./api.js').Api;
  store: import('./store.js').Store;
  canal: import('./socket.js').CanalEnVivo;
  paginas: import('./listado.js').Paginas;
  conteos: import('./listado.js').Conteos;
  envios: import('./envios.js').Envios;
  salida: import('./envios.js').BandejaDeSalida;
  borradores: import('./borradores.js').Borradores;
  preferencias: import('./preferencias.js').Preferencias;
  registro: import('./vistas/registro.js').Registro;
  cargarTodo: () => Promise<string>;
  /** La conversación abierta. */
  abierto: () => string | null;
  /** ¿Se está viendo ese chat ahora? */
  seVe: (numero: string) => boolean;
  abrir: (numero: string) => void;
  enviar: () => void;
  borradoresServidor: import('./borradores.js').BorradoresServidor;
  /** Cómo se llama quien atiende. */
  nombre: () => string;
  sincronia: import('./sincronia.js').Sincronia;
  buscador: import('./listado.js').Buscador;
  conversacion: import('./vistas/conversacion.js').VistaConversacion;
  redactor: import('./vistas/redactor.js').Redactor;
}

/** Lo que chat.js reparte a la mesa de trabajo. */
type PiezasEscritorio = Piezas;

/** Lo que la mesa da a quien envía archivos. */
type PiezasArchivos = Piezas & {
  /** Con la línea caída dice por qué, y sigue si volvió. */
  frena: (seguir: () => void) => boolean;
  tomarCita: () => Mensaje['citado'];
};
