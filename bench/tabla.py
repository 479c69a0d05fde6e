"""La tabla: cada línea con nuestra cifra, la meta y su límite medido en la misma corrida."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.conductor import Resultado

Rondas = Mapping[str, Sequence[Resultado]]


@dataclass(frozen=True, slots=True)
class Meta:
    """Una cifra de una línea. `cual` = "p50" | "p95" | "p99" (ms, como mucho `tope`), "por_s" o "pct" (al menos);
    "cpu", los milisegundos de procesador del servidor por petición.

    `tope` None = se muestra sin meta. "pct" compara cada ronda con la de `respecto`.
    """

    cual: str
    tope: float | None = None
    respecto: str = ""

    def valor(self, rondas: Rondas, clave: str) -> float:
        """La mediana de las rondas: una vecina ruidosa no decide."""
        if self.cual == "pct":
            pares = zip(rondas[clave], rondas[self.respecto], strict=True)
            return statistics.median(100 * uno.por_segundo / otro.por_segundo for uno, otro in pares)
        if self.cual == "por_s":
            return statistics.median(r.por_segundo for r in rondas[clave])
        if self.cual == "cpu":
            return statistics.median(r.cpu_servidor for r in rondas[clave])
        return statistics.median(r.percentil(int(self.cual[1:])) for r in rondas[clave])

    def escrito(self, valor: float) -> str:
        if self.cual == "por_s":
            return f"{valor:,.0f}/s"
        if self.cual == "pct":
            return f"{valor:.0f} % de Flask"
        if self.cual == "cpu":
            return "" if math.isnan(valor) else f"cpu {valor:.2f}"
        return f"{self.cual} {valor:.1f}"

    def meta_escrita(self) -> str:
        if self._mas_es_mejor:
            return f"≥ {self.tope:g}{'/s' if self.cual == 'por_s' else ' %'}"
        return f"{self.cual} ≤ {self.tope:g}"

    def cumple(self, valor: float) -> bool:
        if self.tope is None:
            return True
        return valor >= self.tope if self._mas_es_mejor else valor <= self.tope

    @property
    def _mas_es_mejor(self) -> bool:
        return self.cual in ("por_s", "pct")


@dataclass(frozen=True, slots=True)
class Linea:
    """Una línea de la tabla. `limites`: pares (cómo se llama, clave de la medida). `en_pantalla`: pide un Chromium."""

    nombre: str
    titulo: str
    metas: tuple[Meta, ...]
    limites: tuple[tuple[str, str], ...]
    en_pantalla: bool = False

    @property
    def claves(self) -> list[str]:
        """Las medidas que hacen falta, los límites al lado de lo nuestro."""
        respectos = [meta.respecto for meta in self.metas if meta.respecto]
        return list(dict.fromkeys([self.nombre, *respectos, *(clave for _, clave in self.limites)]))


CPU = Meta("cpu")
LINEAS: tuple[Linea, ...] = (
    Linea("recibir-1", "Recibir, 1 remitente", (Meta("p50", 5), Meta("p95", 12), Meta("por_s")),
          (("Flask", "flask-1"), ("base", "base-recibir-1"))),
    Linea("recibir-8", "Recibir, 8 remitentes", (Meta("pct", 30, "flask-8"), Meta("por_s"), Meta("p95"), CPU),
          (("Flask", "flask-8"), ("base", "base-recibir-8"))),
    Linea("recibir-8-pantallas", "  con las pantallas de todos", (Meta("por_s"), Meta("p95")), ()),
    Linea("recibir-16-retardo", "Base a 2 ms, 16 remitentes", (Meta("por_s", 800), Meta("p99", 60)),
          (("Flask", "flask-16"), ("base", "base-recibir-16-retardo"))),
    Linea("lista-1", "Lista de 40, 1 cliente", (Meta("p50"), Meta("p95", 7)),
          (("Flask", "flask-1"), ("base", "base-lista-1"))),
    Linea("lista-8", "Lista de 40, 8 clientes", (Meta("p50"), Meta("p95", 25), CPU),
          (("Flask", "flask-8"), ("base", "base-lista-8"))),
    Linea("pagina-1", "Página de 50, 1 cliente", (Meta("p50"), Meta("p95", 7)),
          (("Flask", "flask-1"), ("base", "base-pagina-1"))),
    Linea("pagina-8", "Página de 50, 8 clientes", (Meta("p50"), Meta("p95", 25), CPU),
          (("Flask", "flask-8"), ("base", "base-pagina-8"))),
    Linea("buscar-1", "Buscar en 200.000 mensajes", (Meta("p50"), Meta("p95", 30)), ()),
    Linea("socket", "POST → pantalla del dueño, 20/s", (Meta("p50", 12), Meta("p99", 40)),
          (("Flask", "flask-ritmo"), ("base", "base-recibir-ritmo"))),
    Linea("vista-1", "Primera vista de la lista, CPU 4 veces más lenta", (Meta("p50", 1000),), (), en_pantalla=True),
    Linea("abrir-1", "Tocar una fila → ver su chat", (Meta("p50"), Meta("p95", 100)), (), en_pantalla=True),
)  # fmt: skip
MEMORIA = "memoria"
MEMORIA_MAXIMA_MB = 250
NOMBRES = (*(linea.nombre for linea in LINEAS), MEMORIA)
ENCABEZADO = ("línea", "nuestra cifra", "meta", "límite medido", "")


def fila(linea: Linea, rondas: Rondas) -> tuple[str, ...]:
    """Una línea ya escrita."""
    valores = [(meta, meta.valor(rondas, linea.nombre)) for meta in linea.metas]
    limites = [
        f"{nombre} " + " ".join(meta.escrito(meta.valor(rondas, clave)) for meta in linea.metas if not meta.respecto)
        for nombre, clave in linea.limites
    ]
    con_meta = any(meta.tope is not None for meta in linea.metas)
    return (
        linea.titulo,
        " · ".join(escrito for meta, valor in valores if (escrito := meta.escrito(valor))),
        " · ".join(meta.meta_escrita() for meta in linea.metas if meta.tope is not None) or "—",
        " | ".join(limites) or "—",
        ("✓" if all(meta.cumple(valor) for meta, valor in valores) else "✗") if con_meta else "",
    )


def fila_memoria(megas: float) -> tuple[str, ...]:
    """La línea de la memoria."""
    marca = "✓" if megas <= MEMORIA_MAXIMA_MB else "✗"
    return "Memoria de la aplicación al final", f"{megas:.0f} MB", f"≤ {MEMORIA_MAXIMA_MB}", "—", marca


def escribir(filas: Sequence[Sequence[str]]) -> str:
    """La tabla en Markdown, alineada para leerse también en la terminal."""
    todas = [ENCABEZADO, *filas]
    anchos = [max(len(uno[columna]) for uno in todas) for columna in range(len(ENCABEZADO))]
    alineadas = [[celda.ljust(ancho) for celda, ancho in zip(uno, anchos, strict=True)] for uno in todas]
    alineadas.insert(1, ["-" * ancho for ancho in anchos])
    return "\n".join(f"| {' | '.join(celdas)} |" for celdas in alineadas)
