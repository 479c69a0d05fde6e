"""Twilio como segundo canal: su firma, lo que entrega, por dónde se responde y la ventana de 24 horas."""
