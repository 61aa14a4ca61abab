"""The SSH connection of a target: host keys, logins, ssh_config, commands; everything that paramiko is needed for."""

from __future__ import annotations

import base64
import contextlib
import getpass
import hashlib
import logging
import os
import shlex
import socket
import sys
import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paramiko  # noqa: TID253  this module is the one that is imported when an ssh target is used
from paramiko.common import cMSG_CHANNEL_OPEN  # noqa: TID253

from connectors.ssh.channels import Reader, exit_code, perhaps_unread, pieces
from engine.deployment.credentials import ask_for, keep, recall
from engine.deployment.errors import HostKeyChanged, HostKeyUnknown, LoginRefused, TargetUnreachable
from engine.deployment.target import Ask
from engine.errors import TargetError, UsageError
from engine.workspace import write_atomically

PASSWORD_VARIABLE = "LINESIDE_SSH_PASSWORD"  # noqa: S105  the variable's name
CONNECT_TIMEOUT_S = 10.0
KEEPALIVE_S = 5
SILENCE_S = 0.5
_known_hosts_lock = threading.Lock()
logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # a refused channel is an answer here, not news for stderr


@dataclass(frozen=True)
class Address:
    """Where and as whom, after ssh_config."""

    host: str
    port: int
    user: str
    identities: tuple[str, ...] = ()
    jump: str = ""
    identities_only: bool = False

    @property
    def known_as(self) -> str:
        """The host as known_hosts writes it."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"


def known_hosts_file() -> Path:
    """Keys that were accepted in Lineside: for all workspaces, outside of them."""
    if os.name == "nt":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "lineside" / "known_hosts"


def resolve(url: str, options: Mapping[str, Any], config: Path | None = None) -> Address:
    """The address that a target's URL and options mean, with ~/.ssh/config where they are silent."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise UsageError(f"“{url}” names no host; write ssh://user@host or ssh://user@host:port.")
    try:
        port = parts.port
    except ValueError as error:
        raise UsageError(f"“{url}” has no proper port; write ssh://user@host:port.") from error
    written = parts.netloc.rpartition("@")[2].partition(":")[0]
    alias = written if written.lower() == parts.hostname else parts.hostname  # urlsplit lowers the case
    found = _ssh_config(config or Path.home() / ".ssh" / "config").lookup(alias)
    identity = options.get("identity")
    identities = [str(identity)] if identity else list(found.get("identityfile", []))
    return Address(
        host=found.get("hostname", alias),
        port=port or int(found.get("port", 22)),
        user=parts.username or found.get("user") or getpass.getuser(),
        identities=tuple(str(Path(path).expanduser()) for path in identities),
        jump=str(options.get("jump") or _no_none(found.get("proxyjump", ""))),
        identities_only=bool(identity) or found.get("identitiesonly", "no") == "yes",
    )


def fingerprint(key: paramiko.PKey) -> str:
    """As `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class Link:
    """One connection; opened at first use, closed by its owner or when nothing moves any more."""

    def __init__(self, url: str, options: Mapping[str, Any], ask: Ask | None) -> None:
        self.url = url
        self.options = options
        self.address = resolve(url, options)
        self._ask = ask
        self._client: paramiko.SSHClient | None = None
        self._jump: Link | None = None

    def transport(self) -> paramiko.Transport:
        """The live connection.

        Raises:
            TargetUnreachable, HostKeyUnknown, HostKeyChanged, LoginRefused: as their names say.
        """
        transport = self._client.get_transport() if self._client else None
        if transport is None or not transport.is_active():
            self.close()
            transport = self._open()
        return transport

    def run(self, command: str, content: bytes = b"", timeout: float = 120.0) -> tuple[int, str, str]:
        """Run a shell command line: exit code, output, error output; see `exchange`."""
        code, output, errors = self.exchange(command, content, timeout)
        return code, output.decode("utf-8", "replace"), errors

    def exchange(self, command: str, content: bytes = b"", timeout: float = 120.0) -> tuple[int, bytes, str]:
        """Run a shell command line: exit code, output as bytes, error output.

        Raises:
            TargetUnreachable: the link was cut, or no answer came in time, or one without an end.
        """
        try:
            channel = self.transport().open_session(timeout=CONNECT_TIMEOUT_S)
            channel.settimeout(timeout)
            channel.exec_command(command)
            out, err = Reader(channel.recv), Reader(channel.recv_stderr)
            with perhaps_unread(channel):
                channel.sendall(content)
                channel.shutdown_write()
            output, errors = out.content(timeout), err.text(timeout)
            code = exit_code(channel, timeout)
            channel.close()
        except (paramiko.SSHException, OSError, EOFError) as error:
            self.close()
            raise self.lost(error) from error
        return code, output, errors

    def stream(self, command: str, stall_s: float) -> Generator[bytes, None, None]:
        """What a command writes, as it comes; b"" each half second of silence.

        Raises:
            TargetUnreachable: the link was cut, or nothing came for `stall_s`.
            TargetError: the command failed.
        """
        try:
            channel = self.transport().open_session(timeout=CONNECT_TIMEOUT_S)
            with contextlib.closing(channel):
                channel.settimeout(SILENCE_S)
                channel.exec_command(command)
                yield from pieces(channel, stall_s)
                if exit_code(channel, stall_s) != 0:
                    reason = channel.recv_stderr(1 << 16).decode("utf-8", "replace").strip()
                    raise TargetError(
                        f"{self.address.host}: {reason.splitlines()[-1] if reason else 'the command failed'}"
                    )
        except (paramiko.SSHException, OSError, EOFError) as error:
            self.close()
            raise self.lost(error) from error

    def tunnel(self, host: str, port: int, timeout: float) -> paramiko.Channel:
        """A stream to a port as the far machine sees it.

        Raises:
            ConnectionRefusedError: nobody listens there.
            TargetError: the SSH server allows no forwarding.
        """
        try:
            channel = self.transport().open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=timeout)
        except paramiko.ChannelException as error:
            if error.code == 1:
                raise TargetError(
                    f"The SSH server of {self.address.host} forbids forwarding, so that predictions cannot pass;"
                    " set “AllowTcpForwarding local” there."
                ) from error
            raise ConnectionRefusedError(f"nothing listens on {host}:{port}") from error
        except (paramiko.SSHException, EOFError) as error:
            self.close()
            raise self.lost(error) from error
        channel.settimeout(timeout)
        return channel

    def unix(self, path: str, timeout: float) -> paramiko.Channel:
        """A stream to a unix socket of the far machine; only who may open it there gets through.

        Raises:
            ConnectionRefusedError: nobody listens there, or the SSH server allows no forwarding.
        """
        transport = self.transport()
        try:
            channel = _open_unix(transport, path, timeout)
        except paramiko.ChannelException as error:
            raise ConnectionRefusedError(f"nothing listens on {path} ({error.text})") from error
        except (paramiko.SSHException, EOFError) as error:
            self.close()
            raise self.lost(error) from error
        channel.settimeout(timeout)
        return channel

    def close(self) -> None:
        """Close the connection; harmless when there is none."""
        for link in (self._client, self._jump):
            if link is not None:
                link.close()
        self._client = self._jump = None

    def lost(self, error: BaseException) -> TargetUnreachable:
        """The error for a connection that failed or broke."""
        reason = getattr(error, "strerror", None) or str(error) or "the link was cut"
        where = f"{self.address.user}@{self.address.host}:{self.address.port}"
        return TargetUnreachable(f"{where} does not answer ({reason}); check its address, its power and the network.")

    def accept_host_key(self, wanted: str) -> None:
        """Trust the key that the host shows now, if its fingerprint is the wanted one.

        Raises:
            HostKeyUnknown: it has another fingerprint.
        """
        try:
            with contextlib.closing(paramiko.Transport(self._socket())) as transport:
                transport.start_client(timeout=CONNECT_TIMEOUT_S)
                key = transport.get_remote_server_key()
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise self.lost(error) from error
        if fingerprint(key) != wanted:
            raise _unknown(self.address, key, f", not {wanted}")
        remember_host_key(self.address.known_as, key)

    def _open(self) -> paramiko.Transport:
        secret = recall(self.url, PASSWORD_VARIABLE)
        asked = False
        while True:
            try:
                transport = self._login(secret)
            except _NeedsSecret as error:
                secret = ask_for(self._ask, str(error))
                if not secret:
                    raise LoginRefused(
                        f"{self.address.user}@{self.address.host} accepted no key, agent or password; add your key to its"
                        f" authorized_keys, name one with the option “identity”, or set {PASSWORD_VARIABLE}."
                    ) from error
                asked = True
                continue
            if asked:
                keep(self.url, secret)
            return transport

    def _login(self, secret: str) -> paramiko.Transport:
        client = paramiko.SSHClient()
        for path in (Path.home() / ".ssh" / "known_hosts", known_hosts_file()):
            if path.is_file():
                with contextlib.suppress(OSError, paramiko.SSHException):
                    client.load_system_host_keys(str(path))
        client.set_missing_host_key_policy(_Refuse(self.address))
        identities = [path for path in self.address.identities if Path(path).is_file()]
        if self.options.get("identity") and not identities:
            raise UsageError(f"The key {self.options['identity']} of the target is not on this machine.")
        password = self._password(secret, identities)
        try:
            client.connect(
                self.address.host,
                port=self.address.port, username=self.address.user, key_filename=identities or None,
                password=password or None, passphrase=secret or None, sock=self._socket(),
                allow_agent=not self.address.identities_only, look_for_keys=not self.address.identities_only,
                timeout=CONNECT_TIMEOUT_S, banner_timeout=CONNECT_TIMEOUT_S, auth_timeout=20,
            )  # fmt: skip
        except paramiko.BadHostKeyException as error:
            client.close()
            raise HostKeyChanged(
                f"{self.address.host} shows another host key ({fingerprint(error.key)}) than the one accepted before"
                f" ({fingerprint(error.expected_key)}). If the machine was set up anew, remove its line from"
                f" {known_hosts_file()} (or ~/.ssh/known_hosts) and accept the new key; if not, somebody is in between."
            ) from error
        except (paramiko.AuthenticationException, paramiko.PasswordRequiredException) as error:
            client.close()
            raise _NeedsSecret(f"Password for {self.address.user}@{self.address.host}:") from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            client.close()
            if "No authentication methods" in str(error):
                raise _NeedsSecret(f"Password for {self.address.user}@{self.address.host}:") from error
            raise self.lost(error) from error
        except TargetError:
            client.close()
            raise
        self._client = client
        transport = client.get_transport()
        assert transport is not None
        transport.set_keepalive(KEEPALIVE_S)
        return transport

    def _password(self, secret: str, identities: list[str]) -> str:
        """The secret, where it may be said to the host; what opens a key never leaves this machine.

        Raises:
            _NeedsSecret: the key that the target names is locked, and the secret does not open it.
        """
        locked = [path for path in identities or _usual_keys() if _opens(path, None) is None]
        if any(_opens(path, secret) for path in locked if secret):
            return ""
        if locked and self.options.get("identity"):
            raise _NeedsSecret(f"Passphrase of the key {locked[0]}:")
        return secret

    def _socket(self) -> Any:
        if not self.address.jump:
            try:
                stream = socket.create_connection((self.address.host, self.address.port), CONNECT_TIMEOUT_S)
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each short message waits for an ACK
                return stream
            except OSError as error:
                raise self.lost(error) from error
        first = self.address.jump.split(",")[0]
        url = first if "://" in first else f"ssh://{first}"
        self._jump = Link(url, {k: v for k, v in self.options.items() if k == "identity"}, self._ask)
        return self._jump.tunnel(self.address.host, self.address.port, CONNECT_TIMEOUT_S)


def remember_host_key(host: str, key: paramiko.PKey) -> None:
    """Write an accepted key to Lineside's known_hosts."""
    path = known_hosts_file()
    with _known_hosts_lock:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text("utf-8") if path.is_file() else ""
        kept = [line for line in before.splitlines() if line.split()[:2] != [host, key.get_name()]]
        write_atomically(path, "\n".join([*kept, f"{host} {key.get_name()} {key.get_base64()}", ""]).encode())


def _open_unix(transport: paramiko.Transport, path: str, timeout: float) -> paramiko.Channel:
    """A channel “direct-streamlocal@openssh.com” (OpenSSH, PROTOCOL §2.4), which paramiko has no call for."""
    message = paramiko.Message()
    with transport.lock:
        number = transport._next_channel()
        window, packet = transport._sanitize_window_size(None), transport._sanitize_packet_size(None)
        message.add_byte(cMSG_CHANNEL_OPEN)
        message.add_string("direct-streamlocal@openssh.com")
        for value in (number, window, packet):
            message.add_int(value)
        message.add_string(path)
        message.add_string("")
        message.add_int(0)
        channel = paramiko.Channel(number)
        transport._channels.put(number, channel)
        transport.channel_events[number] = event = threading.Event()
        transport.channels_seen[number] = True
        channel._set_transport(transport)
        channel._set_window(window, packet)
    transport._send_user_message(message)
    end = time.monotonic() + timeout
    while not event.wait(0.1):
        if not transport.is_active() or time.monotonic() > end:
            raise transport.get_exception() or paramiko.SSHException("no answer came in time")
    opened = transport._channels.get(number)
    if opened is None:
        raise transport.get_exception() or paramiko.ChannelException(2, "refused")
    return opened


def command_line(*words: str) -> str:
    """Words as one shell command line; every metacharacter is quoted."""
    return " ".join(map(shlex.quote, words))


def _usual_keys() -> list[str]:
    """Those that are tried where none is named."""
    folder = Path.home() / ".ssh"
    return [str(path) for name in ("rsa", "ecdsa", "ed25519") if (path := folder / f"id_{name}").is_file()]


def _opens(path: str, secret: str | None) -> bool | None:
    """Whether a secret (None: none at all) opens a key; None: one is needed."""
    try:
        paramiko.PKey.from_path(path, secret.encode() if secret else None)
    except TypeError:  # a secret is needed, or none
        return None if secret is None else False
    except (paramiko.SSHException, paramiko.pkey.UnknownKeyType, OSError, ValueError):
        return False
    return True


class _NeedsSecret(Exception):
    pass


class _Refuse(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    def __init__(self, address: Address) -> None:
        self.address = address

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
        raise _unknown(self.address, key, "")


def _unknown(address: Address, key: paramiko.PKey, more: str) -> HostKeyUnknown:
    found = fingerprint(key)
    return HostKeyUnknown(
        f"{address.known_as} is not known yet; its {key.get_name()} key is {found}{more}. Compare it with the one on the"
        " machine (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and accept it.",
        host=address.known_as, key_type=key.get_name(), fingerprint=found, fix=f"--accept-host-key {found}",
    )  # fmt: skip


def _ssh_config(path: Path) -> paramiko.SSHConfig:
    try:
        return paramiko.SSHConfig.from_path(str(path))
    except OSError:
        return paramiko.SSHConfig()
    except Exception as error:  # a parser's own error, or invoke missing for “Match exec”
        print(f"{path} could not be read: {error}", file=sys.stderr)
        return paramiko.SSHConfig()


def _no_none(value: str) -> str:
    return "" if value == "none" else value
