// Pone el tema elegido antes de que se pinte nada; no sabe de menús ni de otras preferencias.
(() => {
  try {
    const tema = localStorage.getItem('bandeja.tema');
    if (tema === 'claro' || tema === 'oscuro') document.documentElement.dataset.tema = tema;
  } catch { /* sin almacenamiento local queda el tema del sistema */ }
})();
