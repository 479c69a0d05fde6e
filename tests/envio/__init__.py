"""Enviar: cuando va bien, cuando el proveedor falla, y los ecos y estados que llegan en cualquier orden."""
