"""Las pruebas. También lo que comprueban las piezas de apoyo se explica en detalle cuando falla."""

import pytest

pytest.register_assert_rewrite("tests.apoyo", "tests.contrato")
