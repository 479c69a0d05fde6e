"""Pruebas de la pantalla en un Chromium de verdad, con la aplicación y el simulador de verdad."""
