// Dos chats que eran de una persona y se unieron: la pantalla los junta en vivo y se pueden separar otra vez.
import { ErrorApi } from './api.js';
import { avisar } from './vistas/avisos.js';

export class Uniones {
  #piezas;

  /** @param {PiezasEscritorio} piezas */
  constructor(piezas) {
    this.#piezas = piezas;
    piezas.canal.oir('conversacion', (d) => {
      if (d.event_type === 'merged') this.#unir(String(d.numero), String(d.merged));
      if (d.event_type === 'split') this.#rehacer(String(d.numero));
    });
  }

  /** Lo que se estaba escribiendo y leyendo sigue en el chat que queda. */
  #unir(numero, oculta) {
    const { store, abierto, abrir, redactor, borradores } = this.#piezas;
    if (abierto() === oculta) {
      const escrito = [borradores.de(numero), redactor.texto].filter(Boolean).join('\n');
      redactor.vaciar();
      borradores.poner(numero, escrito);
      abrir(numero);
    }
    store.quitarConversacion(oculta);
    this.#rehacer(numero);
  }

  #rehacer(numero) {
    const { store, sincronia, conversacion } = this.#piezas;
    store.olvidar(numero);
    conversacion.refrescar();
    sincronia.ponerseAlDia();
  }

  /** La opción del menú de un chat unido; null si no lo está. */
  opcion(numero) {
    const fusion = this.#piezas.store.conversacion(numero)?.fusion;
    return fusion ? { texto: 'Unida con número oculto · Deshacer', icono: 'i-contacto', hacer: () => this.#separar(fusion) } : null;
  }

  async #separar(fusion) {
    try {
      await this.#piezas.api.pedir(`/api/fusiones/${fusion}/deshacer`, { metodo: 'POST', cuerpo: {} });
      avisar('Se separaron: cada mensaje volvió a su chat.');
    } catch (error) {
      if (!(error instanceof ErrorApi)) throw error;
      avisar(`No se pudo separar. ${error.message}`, { urgente: true });
    }
  }
}
