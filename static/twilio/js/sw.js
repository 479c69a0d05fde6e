// El service worker: guarda el armazón para cuando no haya red y muestra una página que lo dice.
// Nunca guarda conversaciones: sin conexión no se enseña como fresco nada viejo.

const CAJA = 'bandeja-1';
const SIN_RED = '/static/twilio/sin-conexion.html';
const ARMAZON = [SIN_RED, '/static/twilio/css/chat.css', '/static/twilio/css/tokens.css', '/static/twilio/css/login.css', '/static/twilio/js/sin-conexion.js', '/static/twilio/js/tema.js'];

self.addEventListener('install', (evento) => {
  evento.waitUntil(caches.open(CAJA).then((caja) => caja.addAll(ARMAZON)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (evento) => {
  const limpiar = caches.keys().then((nombres) => Promise.all(nombres.filter((n) => n !== CAJA).map((n) => caches.delete(n))));
  evento.waitUntil(limpiar.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (evento) => {
  const { request } = evento;
  if (request.mode === 'navigate') evento.respondWith(fetch(request).catch(() => caches.match(SIN_RED)));
  else if (request.method === 'GET' && new URL(request.url).pathname.startsWith('/static/twilio/')) evento.respondWith(primeroLaRed(request));
});

/** Lo nuevo si hay red; lo guardado si no. */
async function primeroLaRed(pedido) {
  try {
    const respuesta = await fetch(pedido);
    if (respuesta.ok) (await caches.open(CAJA)).put(pedido, respuesta.clone());
    return respuesta;
  } catch (error) {
    const guardada = await caches.match(pedido);
    if (guardada) return guardada;
    throw error;
  }
}
