"""Las puertas: quién entra, desde dónde, con qué y qué se dice cuando no."""
