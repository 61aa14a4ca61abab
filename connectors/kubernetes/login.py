"""How an API server is told who asks: certificate, token, or a program that the kubeconfig names.

Such a program (`exec`) is the user's own choice, made in the file that kubectl obeys, too; it is run as kubectl runs it,
without a shell, with a time limit, and what it answers stays in memory. The older `auth-provider` is refused, as kubectl
has refused it since 1.26.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.kubernetes.kubeconfig import Access
from engine.deployment.errors import LoginRefused
from engine.errors import UsageError

EXEC_TIMEOUT_S = 60.0
EXEC_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
EARLY_S = 30.0  # a token is renewed so long before it ends


@dataclass(frozen=True)
class Shown:
    """What is shown to the API server."""

    token: str = ""
    certificate: bytes = b""  # PEM
    key: bytes = b""
    ends: float = float("inf")  # epoch seconds


class Login:
    """The identity of a context; asked for when first needed, and again when it has ended."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._shown: Shown | None = None

    def show(self) -> Shown:
        """What to show now."""
        if self._shown is None or time.time() > self._shown.ends - EARLY_S:
            self._shown = _identity(self._access)
        return self._shown

    def forget(self) -> bool:
        """The server did not take it; whether there may be another one the next time."""
        self._shown = None
        return "exec" in self._access.user or "tokenFile" in self._access.user

    def headers(self) -> dict[str, str]:
        """Of each request: the token, and whom the user acts for."""
        token, user = self.show().token, self._access.user
        found = {"Authorization": f"Bearer {token}"} if token else {}
        return {**found, **({"Impersonate-User": str(user["as"])} if user.get("as") else {})}

    def context(self) -> ssl.SSLContext:
        """Who the server must be, and the client's certificate."""
        cluster, shown = self._access.cluster, self.show()
        authority = _content(cluster, "certificate-authority", self._access.source)
        context = ssl.create_default_context()
        try:
            if authority:
                context = ssl.create_default_context(cadata=authority.decode("ascii"))
            if cluster.get("insecure-skip-tls-verify") is True:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if shown.certificate:
                _load(context, shown)
        except (ssl.SSLError, ValueError) as error:
            raise UsageError(f"A certificate of {self._access.source} cannot be used ({error}).") from error
        return context


def _identity(access: Access) -> Shown:
    user = access.user
    for name in ("auth-provider", "username"):
        if user.get(name):
            raise UsageError(
                f"The user of “{access.context}” in {access.source} logs in by “{name}”, which API servers and kubectl have"
                " given up; use a certificate, a token or exec."
            )
    if isinstance(user.get("exec"), dict):
        return _run(user["exec"], access)
    token = _token(user, access)
    certificate, key = (_content(user, name, access.source) for name in ("client-certificate", "client-key"))
    ends = time.time() + 300 if user.get("tokenFile") else float("inf")  # such files are renewed by others
    return Shown(token, certificate, key, ends)


def _token(user: Mapping[str, Any], access: Access) -> str:
    if not user.get("tokenFile"):
        return _one_line(str(user.get("token", "")), access)
    return _one_line(_file(str(user["tokenFile"]), access.source).decode("ascii", "replace"), access)


def _one_line(token: str, access: Access) -> str:
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"The token of “{access.context}” in {access.source} is none: it has blanks or control letters."
        )
    return token


def _content(entry: Mapping[str, Any], name: str, source: str) -> bytes:
    """A certificate or key that stands in the file, or beside it."""
    if data := entry.get(f"{name}-data"):
        try:
            return base64.b64decode(str(data), validate=True)
        except binascii.Error as error:
            raise UsageError(f"“{name}-data” in {source} is not in base64.") from error
    return _file(str(entry[name]), source) if entry.get(name) else b""


def _file(path: str, source: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"The file {path}, which {source} names, cannot be read ({error.strerror}).") from error


def _load(context: ssl.SSLContext, shown: Shown) -> None:
    """OpenSSL reads certificates from files only; this one is the user's alone and gone at once."""
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(shown.certificate + b"\n" + shown.key)
        file.flush()
        context.load_cert_chain(file.name)


def _run(settings: Mapping[str, Any], access: Access) -> Shown:
    """Run the program of an `exec` entry.

    Raises:
        LoginRefused: it failed, took too long, or answered something else.
    """
    version, command = settings.get("apiVersion"), settings.get("command")
    if version not in EXEC_VERSIONS or not isinstance(command, str) or not command:
        raise UsageError(
            f"The “exec” of “{access.context}” in {access.source} has no command or not the version v1 or v1beta1."
        )
    if "/" in command:
        command = str(Path(access.source).parent / command)
    arguments = [command, *(str(one) for one in settings.get("args") or [])]
    told = {
        str(one.get("name")): str(one.get("value", "")) for one in settings.get("env") or [] if isinstance(one, dict)
    }
    told["KUBERNETES_EXEC_INFO"] = json.dumps(_info(settings, access, str(version)))
    how = str(settings.get("interactiveMode", "IfAvailable"))
    stdin = None if how != "Never" and sys.stdin is not None and sys.stdin.isatty() else subprocess.DEVNULL
    try:
        done = subprocess.run(arguments, env={**os.environ, **told}, stdin=stdin, capture_output=True,
                              timeout=EXEC_TIMEOUT_S, check=False)  # fmt: skip
    except FileNotFoundError as error:
        hint = str(settings.get("installHint", ""))[:300]
        raise LoginRefused(
            f"The program {command}, which {access.source} logs in with, is not there. {hint}".strip()
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LoginRefused(
            f"The program {command}, which {access.source} logs in with, did not answer ({error})."
        ) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-300:]
        raise LoginRefused(
            f"The program {command}, which {access.source} logs in with, failed ({done.returncode}): {said}"
        )
    return _answered(done.stdout, command)


def _info(settings: Mapping[str, Any], access: Access, version: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"interactive": False}
    if settings.get("provideClusterInfo") is True:
        data = _content(access.cluster, "certificate-authority", access.source)
        spec["cluster"] = {"server": access.server, "certificate-authority-data": base64.b64encode(data).decode()}
    return {"apiVersion": version, "kind": "ExecCredential", "spec": spec}


def _answered(output: bytes, command: str) -> Shown:
    try:
        status = json.loads(output)["status"]
        ends = (
            datetime.fromisoformat(status["expirationTimestamp"]).timestamp()
            if "expirationTimestamp" in status
            else float("inf")
        )
        texts = [str(status.get(name, "")) for name in ("token", "clientCertificateData", "clientKeyData")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoginRefused(f"The program {command} did not answer with an ExecCredential ({error}).") from error
    return Shown(texts[0].strip(), texts[1].encode(), texts[2].encode(), ends)
