"""Who we are to a registry: anonymous, Basic, or a token from where its challenge says."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

from engine.deployment.credentials import ask_for, keep, recall
from engine.deployment.errors import LoginRefused
from engine.deployment.target import Ask
from engine.errors import TargetError

VARIABLE = "LINESIDE_REGISTRY_PASSWORD"
_PARAMETER = re.compile(r'(?<![A-Za-z_])([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


class Credentials:
    """Where a user and a password may come from: the target's URL and keyring, Docker's file (read only), the person."""

    def __init__(self, host: str, url: str = "", user: str = "", ask: Ask | None = None) -> None:
        self.host, self.url, self.user, self.ask = host, url, user, ask
        self.hint = ""
        self._asked: tuple[str, str] | None = None
        self._kept = False

    def find(self) -> tuple[str, str] | None:
        """User and password, or None where we are nobody."""
        if self._asked:
            return self._asked
        if self.user and (secret := recall(self.url, VARIABLE)):
            return self.user, secret
        if found := self._from_docker():
            return found
        if self.user and (secret := ask_for(self.ask, f"Password of {self.user} at the registry {self.host}:")):
            self._asked = self.user, secret
        return self._asked

    def accepted(self) -> None:
        """The registry took them: what the person typed is kept in the keyring."""
        if self._asked and not self._kept:
            self._kept = True
            keep(self.url, self._asked[1])

    def refused(self) -> None:
        """The registry did not take them: the person is asked again next time."""
        self._asked = None

    def _from_docker(self) -> tuple[str, str] | None:
        path = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
        try:
            document = json.loads(path.read_bytes()) if path.stat().st_size < 1 << 20 else {}
        except (OSError, ValueError):
            return None
        names = (self.host, f"https://{self.host}", f"https://{self.host}/v1/", f"https://{self.host}/v2/")
        return self._read_docker(path, document, names) if isinstance(document, dict) else None

    def _read_docker(self, path: Path, document: dict[str, object], names: tuple[str, ...]) -> tuple[str, str] | None:
        helpers, logins = document.get("credHelpers"), document.get("auths")
        entry = next((logins[name] for name in names if name in logins), None) if isinstance(logins, dict) else None
        if isinstance(entry, dict) and isinstance(packed := entry.get("auth"), str) and packed:
            try:
                user, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
            except (binascii.Error, ValueError):
                self.hint = f"the login in {path} cannot be read"
                return None
            return (self.user or user, secret.rstrip("\0")) if self.user in ("", user) else None
        helper = helpers.get(self.host) if isinstance(helpers, dict) else None
        helper = helper or (document.get("credsStore") if entry is not None else None)
        if helper:
            self.hint = f"{path} names the program docker-credential-{str(helper)[:40]}, which is not run because a file says so"
        return None


class Login:
    """Answers challenges and remembers what to say for which scope."""

    def __init__(
        self, credentials: Credentials, place: str, base: str, fetch: Callable[[str, dict[str, str]], dict[str, object]]
    ) -> None:
        self.credentials, self.place, self._base, self._fetch = credentials, place, base, fetch
        self._basic = ""
        self._tokens: dict[str, str] = {}

    @property
    def used(self) -> bool:
        """Whether anything but an anonymous token is sent."""
        return bool(self._basic) or (bool(self._tokens) and self.credentials.find() is not None)

    def header(self, scope: str) -> str:
        """What to send at once for a scope; empty at the first request."""
        return self._tokens.get(scope, "") or self._basic

    def answer(self, challenge: str, scope: str) -> str:
        """What to send after a 401.

        Raises:
            LoginRefused: nobody there whom the registry would take.
            TargetError: the challenge leads astray.
        """
        kind, _, rest = challenge.strip().partition(" ")
        if kind.lower() == "bearer":
            self._tokens[scope] = f"Bearer {self._token(_parameters(rest), scope)}"
            return self._tokens[scope]
        if kind.lower() != "basic":
            raise TargetError(f"{self.place} asks for a kind of login that is not known here (“{_plain(kind)}”).")
        login = self.credentials.find()
        if login is None:
            raise self.refused()
        self._basic = _basic(login)
        return self._basic

    def refused(self, said: str = "") -> LoginRefused:
        """The sentence for a login that was not taken."""
        login = self.credentials.find()
        who = f"does not take the password of “{login[0]}”" if login else "wants a login, and none is known"
        hint = f" ({self.credentials.hint})" if self.credentials.hint else ""
        return LoginRefused(
            f"{self.place} {who}{hint}{': ' + said if said else ''}; give one by"
            f" lineside target add NAME registry://USER:PASSWORD@{self.credentials.host}/… (it goes to the keyring) or {VARIABLE}."
        )

    def _token(self, said: dict[str, str], scope: str) -> str:
        realm = urlsplit(said.get("realm", ""))
        own = urlsplit(self._base)
        if realm.scheme not in ("http", "https") or not realm.hostname or realm.username:
            raise TargetError(f"{self.place} names no address to log in at (“{_plain(said.get('realm', ''))}”).")
        if realm.scheme == "http" and (own.scheme != "http" or realm.netloc != own.netloc):
            raise TargetError(
                f"{self.place} wants the login sent to {_plain(realm.netloc)} without encryption; it was not sent."
            )
        wanted = scope.split() or said.get("scope", "").split()
        query = urlencode([("service", said["service"])] if said.get("service") else [])
        query = "&".join(
            part for part in (realm.query, query, urlencode([("scope", one) for one in dict.fromkeys(wanted)])) if part
        )
        login = self.credentials.find()
        answer = self._fetch(
            urlunsplit(realm._replace(query=query, fragment="")), {"Authorization": _basic(login)} if login else {}
        )
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise TargetError(
                f"{_plain(realm.netloc)} answered the login for {self.place} without a token that can be used."
            )
        return token


def _parameters(text: str) -> dict[str, str]:
    return {key.lower(): quoted or plain for key, quoted, plain in _PARAMETER.findall(text[:4096])}


def _basic(login: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()


def _plain(text: str) -> str:
    return "".join(one for one in text if one.isprintable())[:120]
