"""The certificate of the admission webhook: self-signed, of one process, for as long as it lives.

The API server trusts exactly this certificate, which stands in the webhook's `caBundle`. So no
authority has a key that could leak, and nothing has to be renewed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# It ends with the process; a clock that is wrong on either side must not make it invalid.
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, tzinfo=UTC)
KEY_MODE = 0o600


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """PEM files of a certificate and its key, and the certificate's text."""

    certificate: Path
    key: Path
    text: str


def made(host: str, folder: Path) -> Certificate:
    """Makes a key and a certificate for a host name; writes both into a folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FIRST)
        .not_valid_after(LAST)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )
    text = signed.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    result = Certificate(
        certificate=folder / "webhook.crt", key=folder / "webhook.key", text=text.decode()
    )
    result.certificate.write_bytes(text)
    result.key.touch(KEY_MODE)
    result.key.write_bytes(private)
    return result
