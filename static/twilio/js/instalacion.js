// Registra el service worker donde se puede (https o esta misma máquina); sin él todo sigue igual.
import { BASE } from './api.js';

const GUION = `${BASE}/sw.js`;

/** La única dirección que este permiso deja cargar como guion. */
function direccionConfiable() {
  const permiso = globalThis.trustedTypes?.createPolicy('bandeja', { createScriptURL: (url) => (url === GUION ? url : '') });
  return permiso ? permiso.createScriptURL(GUION) : GUION;
}

export function instalar() {
  if (document.body.dataset.instalable !== '1' || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(/** @type {string} */ (direccionConfiable()), { scope: BASE }).catch(() => { /* sin armazón guardado */ });
}
