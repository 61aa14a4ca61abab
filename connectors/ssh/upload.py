"""Files that go into the input of a command at the far end of an SSH connection."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import paramiko  # noqa: TID253  imported with the connection

from connectors.ssh.channels import Reader, exit_code
from connectors.ssh.link import CONNECT_TIMEOUT_S, Link


class Upload:
    """Sends a file into a command's input, watching that the far side goes on telling of its arrival."""

    def __init__(self, link: Link, command: str, stall_s: float) -> None:
        self._link = link
        self._command = command
        self._stall_s = stall_s
        self._heard = time.monotonic()
        self._stalled = threading.Event()
        self._ended = threading.Event()

    def send(self, path: Path, offset: int, arrived: Callable[[int], None]) -> tuple[int, str]:
        """Send from `offset`; `arrived` gets the size that the far side has. Exit code and error output.

        Raises:
            TargetUnreachable: cut, or silent for `stall_s`.
        """
        transport = self._link.transport()
        watchdog = threading.Thread(target=self._watch, args=(transport,), daemon=True)
        try:
            channel = transport.open_session(timeout=CONNECT_TIMEOUT_S)
            channel.exec_command(self._command)
            err = Reader(channel.recv_stderr)
            out = Reader(channel.recv, self._hear)
            watchdog.start()
            with path.open("rb") as file:
                file.seek(offset)
                while chunk := file.read(1 << 15):
                    try:
                        channel.sendall(chunk)
                    except OSError:
                        if self._stalled.is_set() or not transport.is_active():
                            raise
                        break  # the command ended before its input did: it says why
                    arrived(self._size)
            with contextlib.suppress(OSError):
                channel.shutdown_write()
            while not out.ended.wait(0.2):
                arrived(self._size)
            errors = err.text(5)
            code = exit_code(channel, 5)
            if not transport.is_active():
                raise EOFError
            arrived(self._size)
        except (paramiko.SSHException, OSError, EOFError) as error:
            self._link.close()
            reason = OSError(0, f"nothing arrived for {self._stall_s:.0f} s") if self._stalled.is_set() else error
            raise self._link.lost(reason) from error
        except BaseException:
            self._link.close()  # a cancelled upload: the rest of the channel would still be delivered
            raise
        finally:
            self._ended.set()
        return code, errors

    _size = 0

    def _hear(self, data: bytes) -> None:
        self._heard = time.monotonic()
        lines = data.split()
        if lines and lines[-1].isdigit():
            self._size = int(lines[-1])

    def _watch(self, transport: paramiko.Transport) -> None:
        # paramiko's writes wait for ever on a cut link, whatever the channel's timeout; only closing wakes them
        self._heard = time.monotonic()
        while not self._ended.wait(0.25):
            if time.monotonic() - self._heard > self._stall_s:
                self._stalled.set()
                transport.close()
                return
