"""HTTPS servers whose certificates are not accepted: why, and what helps. Certificates are made here."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from searchsvc.outbound.certificates import trusted
from tests.fixtures_oparl import Mirror
from tests.oparl_server import running_server


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(
    name: str, issuer: Issued | None, *, authority: bool, host: str | None = None, days: tuple[int, int] = (-1, 30)
) -> Issued:
    """Make a certificate; without issuer it is signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, authority, authority, False, False), critical=True
        )
    )
    if host is not None:
        address: x509.GeneralName = x509.DNSName(host)
        if host[0].isdigit():
            address = x509.IPAddress(ipaddress.ip_address(host))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return Issued(builder.sign(signer, hashes.SHA256()), key)


@dataclass(frozen=True, slots=True)
class Chain:
    """A city's authority, the one in between, and the server's certificate."""

    root: Issued
    between: Issued
    server: Issued


@pytest.fixture
def chain() -> Chain:
    """A chain that is valid for this machine."""
    root = issue("Stadt Musterbrueck Root", None, authority=True)
    between = issue("Stadt Musterbrueck CA 1", root, authority=True)
    return Chain(root, between, issue("ris", between, authority=False, host="127.0.0.1"))


@contextmanager
def secured(mirror: Mirror, tmp_path: Path, server: Issued, *sent: Issued) -> Iterator[Mirror]:
    """Serve the city with a certificate and those that are sent with it."""
    file = tmp_path / "server.pem"
    key = server.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(key + server.pem + b"".join(one.pem for one in sent))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with running_server(context) as running:
        yield replace(mirror, server=running)


def trust(mirror: Mirror, tmp_path: Path, *certificates: Issued) -> Mirror:
    """Name a file with certificates in the settings."""
    file = tmp_path / "authorities.pem"
    file.write_bytes(b"".join(one.pem for one in certificates))
    return replace(mirror, settings=mirror.settings.model_copy(update={"oparl_ca_file": file}))


def test_a_server_that_does_not_send_its_chain(mirror: Mirror, tmp_path: Path, chain: Chain):
    """The error says what is missing and where to put it, at once; then lists and files are read."""
    with secured(mirror, tmp_path, chain.server) as broken:
        for tried in (broken, trust(broken, tmp_path, chain.root)):
            report = tried.run()
            assert report.result == "failed"
            assert "does not send its intermediate certificate" in str(report.error)
            assert "oparl_ca_file" in str(report.error)
            assert report.requests == 1
        for helping in ((chain.between,), (chain.between, chain.root), (chain.server,)):
            assert trust(broken, tmp_path, *helping).run(full=True).result == "ok"
        assert len(broken.documents()) == 13
        assert broken.document("p1-vorlage").pages == ("Radweg Nummer 1\n",)


def test_a_server_of_a_citys_own_authority(mirror: Mirror, tmp_path: Path, chain: Chain):
    """Its root certificate helps, whether or not the server sends it."""
    with secured(mirror, tmp_path, chain.server, chain.between, chain.root) as broken:
        assert "of an authority of its own" in str(broken.run().error)
        assert trust(broken, tmp_path, chain.root).run().result == "ok"
    with secured(mirror, tmp_path, chain.server, chain.between) as broken:
        assert "not known here" in str(broken.run().error)
        assert trust(broken, tmp_path, chain.root).run().result == "ok"


@pytest.mark.parametrize(
    ("host", "days", "reason"),
    [
        ("127.0.0.1", (-30, -1), "has expired"),
        ("127.0.0.1", (2, 30), "is not valid yet"),
        ("ris.example", (-1, 30), "is of another name"),
    ],
)
def test_no_setting_lets_a_bad_certificate_pass(
    mirror: Mirror, tmp_path: Path, chain: Chain, host: str, days: tuple[int, int], reason: str
):
    """An expired certificate, or one of another name, is refused though its authority is trusted."""
    server = issue("ris", chain.between, authority=False, host=host, days=days)
    with secured(mirror, tmp_path, server, chain.between) as broken:
        assert reason in str(trust(broken, tmp_path, chain.root).run().error)


def test_a_certificate_of_somebody_else_helps_nothing(mirror: Mirror, tmp_path: Path, chain: Chain):
    """What is added is trusted for what it signed."""
    other = issue("Stadt Musterbrueck Root", None, authority=True)
    with secured(mirror, tmp_path, chain.server, chain.between) as broken:
        assert trust(broken, tmp_path, other).run().result == "failed"


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nrubbish\n"])
def test_a_file_that_has_no_certificates_is_named(mirror: Mirror, tmp_path: Path, content: bytes | None):
    """The import fails with the reason."""
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    report = mirror.run(settings=mirror.settings.model_copy(update={"oparl_ca_file": file}))
    assert report.result == "failed"
    assert str(file) in str(report.error)
    assert "oparl_ca_file" in str(report.error)


def test_what_is_trusted_anyway_stays_so(tmp_path: Path, chain: Chain):
    """The file adds to the authorities of the system of the web, and names are checked."""
    file = tmp_path / "authorities.pem"
    file.write_bytes(chain.root.pem)
    context = trusted(file)
    assert len(context.get_ca_certs()) == len(trusted().get_ca_certs()) + 1 > 50
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
