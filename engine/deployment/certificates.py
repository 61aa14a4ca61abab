"""Certificates of releases: an authority of the workspace's own in the keyring, or files that a person gives.

Key material goes to the target and the keyring; the workspace keeps only what is public, and trusts nothing else.
"""

from __future__ import annotations

import io
import ipaddress
import os
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.errors import BadInput, TargetError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from engine.changes import Changes
    from engine.deployment.target import Ask
    from engine.workspace import Workspace

TLS_FILES = {"LINESIDE_TLS_CERT": "tls/cert.pem", "LINESIDE_TLS_KEY": "tls/key.pem"}
"""Below the state folder."""
CA_DAYS, DAYS = 3650, 825


def protect(
    workspace: Workspace, name: str, certificate: Path | None = None, key: Path | None = None, *, ask: Ask | None = None
) -> Changes:
    """Give a target a certificate; its releases speak TLS from the next deploy on, and a running one shows it at once.

    Args:
        certificate: chain in PEM with the leaf first; None: one is made and signed by the workspace's own authority.
        key: of the certificate, PEM without a password.

    Raises:
        BadInput: the files do not fit each other.
        UsageError: there is no keyring for the authority.
        TargetError: the target has no place for it.
    """
    from engine.agent.gateway import CERTIFICATE
    from engine.deployment.gateways import gateway_of
    from engine.deployment.targets import get_target, open_target, set_options

    row = get_target(workspace, name)
    if certificate and key:
        chain, secret = _given(certificate, key)
        trust: dict[str, Any] = {"ca": chain.decode(), "name": ""}
    elif certificate or key:
        raise UsageError("A certificate and its key belong together; give both, or none to have them made.")
    else:
        host = f"{sha256(f'{workspace.id}/{name}'.encode()).hexdigest()[:24]}.lineside"
        listen = str(row.options.get("listen", "127.0.0.1"))
        chain, secret, authority = _made(
            workspace.id, [host, "localhost", "127.0.0.1", listen, urlsplit(row.url).hostname or ""]
        )
        trust = {"ca": authority.decode(), "name": host}
    trust["shown"] = sha256(chain).hexdigest()
    with open_target(workspace, name, ask) as target:
        target.put_state("tls/key.pem", secret)
        target.put_state("tls/cert.pem", chain)
        target.put_state(CERTIFICATE, chain + secret)
        control = gateway_of(target)
        if control is not None and control.model().tls:
            control.set(replace(control.model(), tls=trust["shown"]))
    return set_options(workspace, name, tls=trust)


def unprotect(workspace: Workspace, name: str) -> Changes:
    """Let the releases of a target speak plain HTTP again, from the next deploy on."""
    from engine.deployment.targets import set_options

    return set_options(workspace, name, tls=None)


def context_of(trust: Mapping[str, Any]) -> ssl.SSLContext:
    """A context that believes the target's own certificate or authority and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = bool(trust.get("name"))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=str(trust["ca"]))
    return context


def secured(stream: Any, trust: Mapping[str, Any], place: str) -> TlsStream:
    """TLS within a stream of any kind (a socket, a channel of SSH).

    Raises:
        TargetError: what answers shows another certificate than the one that was put there.
    """
    if not trust.get("ca"):
        raise TargetError(f"{place} speaks TLS, but this workspace does not know its certificate.")
    try:
        wrapped = TlsStream(stream, context_of(trust), str(trust.get("name") or "") or None)
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message or str(error)
        raise TargetError(
            f"What answers at {place} does not show the certificate that this workspace put there ({reason})."
        ) from error
    if not trust.get("name") and wrapped.certificate != ssl.PEM_cert_to_DER_cert(_first(str(trust["ca"]))):
        raise TargetError(f"What answers at {place} shows another certificate than the one that was given.")
    return wrapped


class TlsStream:
    """The client's side of TLS over anything with `sendall` and `recv`."""

    def __init__(self, stream: Any, context: ssl.SSLContext, name: str | None) -> None:
        self._stream = stream
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        self._until_done(self._tls.do_handshake)

    @property
    def certificate(self) -> bytes:
        """The other side's, DER."""
        return self._tls.getpeercert(True) or b""

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        view = memoryview(data)
        while view:
            view = view[self._until_done(lambda part=view: self._tls.write(part)) :]

    def recv(self, size: int) -> bytes:
        """What came; b"" at the end."""
        try:
            return bytes(self._until_done(lambda: self._tls.read(size)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def makefile(self, mode: str) -> io.BufferedReader:
        """For http.client, which reads through a file."""
        del mode
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Close what is below."""
        self._stream.close()

    def _until_done(self, step: Any) -> Any:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush()
                if data := self._stream.recv(1 << 16):
                    self._in.write(data)
                else:
                    self._in.write_eof()
                continue
            self._flush()
            return done

    def _flush(self) -> None:
        if data := self._out.read():
            self._stream.sendall(data)


class _Reader(io.RawIOBase):
    def __init__(self, stream: TlsStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _made(workspace_id: str, names: list[str]) -> tuple[bytes, bytes, bytes]:
    """Chain and key of a new leaf, and the authority's certificate."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    authority, authority_key = _authority(workspace_id)
    key = ec.generate_private_key(ec.SECP256R1())
    from cryptography import x509

    builder = (
        _builder(names[0], authority.subject, key, DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return _pem(builder.sign(authority_key, hashes.SHA256())), _pem_key(key), _pem(authority)


def _authority(workspace_id: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The workspace's own, made at first use and kept in the keyring (else LINESIDE_TLS_AUTHORITY names its PEM file)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from engine.deployment.credentials import keep, recall

    place = f"tls-authority:{workspace_id}"
    file = os.environ.get("LINESIDE_TLS_AUTHORITY")
    known = (
        Path(file).read_text("utf-8") if file and Path(file).exists() else recall(place, "LINESIDE_TLS_AUTHORITY_PEM")
    )
    if known:
        loaded = load_pem_private_key(known.encode(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        return x509.load_pem_x509_certificate(known.encode()), loaded
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Lineside {workspace_id[:8]}")])
    use = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        _builder("", name, key, CA_DAYS, name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(use, critical=True)
        .sign(key, hashes.SHA256())
    )
    text = (_pem_key(key) + _pem(certificate)).decode()
    if file:
        Path(file).touch(0o600)
        Path(file).write_text(text, "utf-8")
    elif not keep(place, text):
        raise UsageError(
            "This machine has no keyring for the authority’s key; name a file for it in LINESIDE_TLS_AUTHORITY, or give a"
            " certificate with --cert and --key."
        )
    return certificate, key


def _builder(
    common: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int, subject: x509.Name | None = None
) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject or x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))  # clocks of boxes are wrong
        .not_valid_after(now + timedelta(days=days))
    )


def _alternatives(names: list[str]) -> list[x509.GeneralName]:
    from cryptography import x509

    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            if name and name.isascii():
                found.append(x509.DNSName(name))
    return found


def _given(certificate: Path, key: Path) -> tuple[bytes, bytes]:
    try:
        chain, secret = certificate.read_bytes(), key.read_bytes()
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: "")
        _first(chain.decode())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{certificate} and {key} are no certificate and its key ({getattr(error, 'strerror', None) or error});"
            " both are PEM, the key without a password."
        ) from error
    return chain, secret


def _first(chain: str) -> str:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    start = chain.index(begin)
    return chain[start : chain.index(end) + len(end)]


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
