// La página sin conexión vuelve sola a la bandeja cuando regresa la red.
const volver = () => location.reload();
addEventListener('online', volver);
document.getElementById('reintentar').addEventListener('click', volver);
setInterval(() => { fetch('/twilio-chat/health', { cache: 'no-store' }).then(volver, () => {}); }, 5000);
