"""Un certificado propio para un nombre, para hablar TLS de verdad dentro de una prueba."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def crear_certificado(carpeta: Path, nombre: str) -> tuple[Path, Path]:
    """El certificado (que es su propia autoridad) y su llave, en PEM."""
    llave = ec.generate_private_key(ec.SECP256R1())
    quien = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, nombre)])
    ahora = datetime.now(UTC)
    certificado = (
        x509.CertificateBuilder()
        .subject_name(quien)
        .issuer_name(quien)
        .public_key(llave.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ahora - timedelta(minutes=5))
        .not_valid_after(ahora + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(nombre)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(llave, hashes.SHA256())
    )
    en_pem, en_llave = carpeta / "certificado.pem", carpeta / "llave.pem"
    en_pem.write_bytes(certificado.public_bytes(serialization.Encoding.PEM))
    en_llave.write_bytes(
        llave.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return en_pem, en_llave
