"""El contrato de la especificación, sección por sección: aquí se enuncian los casos y `test_contrato.py` los corre."""
