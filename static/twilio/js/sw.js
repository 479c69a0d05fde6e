// El service worker: sin red muestra una página que lo dice. Nunca guarda conversaciones: nada viejo se enseña como fresco.
// Lo demás no pasa por aquí: lo guarda el navegador por su dirección con versión.
const CAJA = 'bandeja-2';
const SIN_RED = '/static/twilio/sin-conexion.html';
const ARMAZON = [SIN_RED, ...['css/chat.css', 'css/tokens.css', 'css/login.css', 'js/sin-conexion.js', 'js/tema.js'].map((a) => `/static/twilio/${a}`)];

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
  else if (ARMAZON.includes(new URL(request.url).pathname)) evento.respondWith(fetch(request).catch(() => caches.match(request)));
});
