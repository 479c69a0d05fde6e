"""El límite del servidor: un Flask que solo devuelve {}, servido exactamente igual que la bandeja."""

from __future__ import annotations

from bandeja import asincronia

if __name__ == "__main__":
    asincronia.parchear()

import sys

from flask import Flask

from bandeja.servidor import atender, escuchar


def main(puerto: int) -> None:
    """Atiende hasta que llegue SIGTERM."""
    app = Flask("minimo")
    app.add_url_rule("/", "nada", dict)
    atender(app, escuchar("127.0.0.1", puerto), asincronia.modo_vigente())


if __name__ == "__main__":
    main(int(sys.argv[1]))
