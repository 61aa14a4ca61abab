"""The streams of a command that runs at the far end of an SSH connection."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import paramiko  # noqa: TID253  imported with the connection

MOST_OUTPUT = 64 << 20  # bytes of one command


def pieces(channel: paramiko.Channel, stall_s: float) -> Iterator[bytes]:
    """What a command writes as it comes, b"" in between; TimeoutError where nothing comes for `stall_s`."""
    heard = time.monotonic()
    while True:
        try:
            piece = channel.recv(1 << 16)
        except TimeoutError:
            if time.monotonic() - heard > stall_s:
                raise TimeoutError(f"nothing came for {stall_s:.0f} s") from None
            yield b""
            continue
        if not piece:
            return
        heard = time.monotonic()
        yield piece


class Reader:
    """Reads one stream of a channel in the background, so that neither stream can block the other."""

    def __init__(self, receive: Callable[[int], bytes], hear: Callable[[bytes], None] | None = None) -> None:
        self._receive = receive
        self._hear = hear
        self._parts: list[bytes] = []
        self._size = 0
        self._error: BaseException | None = None
        self.ended = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def text(self, timeout: float) -> str:
        """The whole stream as text; see `content`."""
        return self.content(timeout).decode("utf-8", "replace")

    def content(self, timeout: float) -> bytes:
        """The whole stream, once it has ended; TimeoutError where it does not, or what reading it raised."""
        if not self.ended.wait(timeout):
            raise TimeoutError(f"no answer within {timeout:.0f} s")
        if self._error:
            raise self._error
        return b"".join(self._parts)

    def _run(self) -> None:
        try:
            while data := self._receive(1 << 16):
                self._parts.append(data)
                self._size += len(data)
                if self._size > MOST_OUTPUT:
                    raise OSError(f"more than {MOST_OUTPUT >> 20} MB were answered")
                if self._hear:
                    self._hear(data)
        except (OSError, EOFError, paramiko.SSHException) as error:
            self._error = error
        finally:
            self.ended.set()


@contextlib.contextmanager
def perhaps_unread(channel: paramiko.Channel) -> Iterator[None]:
    """A command may end, and with it the channel, before it has read all that it is sent; its exit code says why."""
    try:
        yield
    except OSError:
        if not channel.closed or not channel.get_transport().is_active():
            raise


def exit_code(channel: paramiko.Channel, timeout: float) -> int:
    """With what the command of a channel ended; EOFError where the link did."""
    if not channel.status_event.wait(timeout):
        raise TimeoutError(f"no answer within {timeout:.0f} s")
    if channel.exit_status == -1 and not channel.get_transport().is_active():
        raise EOFError
    return int(channel.exit_status)
