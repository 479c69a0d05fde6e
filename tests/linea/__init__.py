"""Pruebas de la línea: su estado, las métricas y las órdenes de quien la administra."""
