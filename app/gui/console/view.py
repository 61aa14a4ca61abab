"""The console's text: qtconsole's widget in the window's fonts and colours. Imported in the background, when first needed."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

os.environ["QT_API"] = "pyside6"

from ipython_pygments_lexers import IPython3Lexer
from jupyter_client.threaded import ThreadedKernelClient
from pygments.lexers import Python3Lexer
from PySide6.QtCore import QTimer, Signal
from qtconsole.client import QtHBChannel, QtKernelClient
from qtconsole.rich_jupyter_widget import RichJupyterWidget
from traitlets import Type

from app.gui.console.look import SYNTAX, sheet
from app.gui.console.words import error_text
from app.gui.shell.theme import Theme, mono_font

LINES_KEPT = 2000
CHUNK_LINES, CHUNK_CHARACTERS = 25, 3000  # of printed text that are shown at once
PUMP_MS, SLICE_S = 15, 0.008
ASK_AGAIN_MS = 2000  # for a prompt
MOST_TEXT = 20_000  # characters of one result


class ConsoleView(RichJupyterWidget):  # type: ignore[misc]  # qtconsole is not typed
    """Shows one kernel after the other; what was written before stays.

    What a kernel says is shown a little at a time: one that prints without end must not hold up the window.
    """

    state_changed = Signal(str)  # "starting", "busy" or "idle", as the kernel tells

    def __init__(self, theme: Theme, words: str) -> None:
        self._shown = False
        self._said: deque[dict[str, Any]] = deque()
        self._half_ended: dict[str, dict[str, Any]] = {}  # what came first of a cell's reply and its last output
        super().__init__(local_kernel=True, buffer_size=LINES_KEPT)
        self._pump = QTimer(self, interval=PUMP_MS, timeout=self._show_some)
        self._asking = QTimer(self, interval=ASK_AGAIN_MS, timeout=self._ask_again)  # runs while a prompt is due
        self._theme = theme
        self.banner = words + "\n"
        self.custom_interrupt = self.custom_restart = True
        self.confirm_restart = False
        self.font = mono_font(12)
        self.recolor()

    def recolor(self) -> None:
        """Take the colours of the theme; text that is there keeps those of its words."""
        self.style_sheet = sheet(self._theme)
        self.syntax_style = SYNTAX[self._theme.dark]

    def reset(self, clear: bool = False) -> None:
        """After a restart the text stays, and a new prompt comes below it."""
        super().reset(clear=clear and not self._shown)
        self._shown = True

    def forget(self) -> None:
        """Drop what is not shown yet."""
        self._said.clear()
        self._half_ended.clear()
        self._asking.stop()
        self._prompt_requested = False
        self.kernel_client = None

    def _started_channels(self) -> None:
        super()._started_channels()
        self._asking.start()

    def _show_interpreter_prompt(self, number: int | None = None) -> None:
        super()._show_interpreter_prompt(number)
        if self._prompt_requested:
            self._asking.start()

    def _ask_again(self) -> None:
        """The sockets of a process that comes up are connected one after the other: what it is asked or says can get lost."""
        if self._starting:
            self.kernel_client.kernel_info()
        else:
            self._prompt_requested = False
            self._show_interpreter_prompt()

    def _handle_execute_reply(self, message: dict[str, Any]) -> None:
        asked = self._request_info["execute"]
        info = asked.get(cell := message["parent_header"]["msg_id"])
        if info is not None and info.kind == "prompt":
            if not self._asking.isActive():  # it came before, or is just being shown: that serves events
                del asked[cell]
                return
            self._asking.stop()
        super()._handle_execute_reply(message)

    def _dispatch(self, message: dict[str, Any]) -> None:
        """Messages keep their order; printed text that nobody could read is left out."""
        for part in self._in_order(message):
            self._take(part)
        if self._said and not self._pump.isActive():
            self._pump.start()
            self._show_some()

    def _in_order(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """A cell's reply takes another way than what the cell printed: one that comes first waits for the end of it."""
        if not _ends_cell(message):
            return [message]
        other = self._half_ended.pop(cell := message["parent_header"]["msg_id"], None)
        if other is None:
            self._half_ended[cell] = message
            return [] if _is_reply(message) else [message]
        return [message, other] if _is_reply(other) else [message]

    def _take(self, message: dict[str, Any]) -> None:
        text = _printed(message)
        before = self._said[-1] if self._said else None
        if text and before is not None and _printed(before) and _same_cell(message, before):
            before["content"]["text"] = _tail(before["content"]["text"] + text)
        else:
            self._said.append(_shortened(message))

    def _show_some(self) -> None:
        until = time.perf_counter() + SLICE_S
        while self._said and time.perf_counter() < until:
            message = self._said[0]
            if rest := _rest(message):
                super()._dispatch(_in_words(_with_text(message, message["content"]["text"][: -len(rest)])))
                message["content"]["text"] = rest
            else:
                super()._dispatch(_in_words(self._said.popleft()))
            self._flush_pending_stream()
        if not self._said:
            self._pump.stop()

    def _handle_status(self, message: dict[str, Any]) -> None:
        state = message["content"].get("execution_state", "")
        if state:
            self.state_changed.emit(state)
        super()._handle_status(message)


def _printed(message: dict[str, Any]) -> str:
    return str(message["content"]["text"]) if message["header"]["msg_type"] == "stream" else ""


def _is_reply(message: dict[str, Any]) -> bool:
    return bool(message["header"]["msg_type"] == "execute_reply")


def _ends_cell(message: dict[str, Any]) -> bool:
    """Whether it is a cell's reply, or tells that all the cell printed has come."""
    if _is_reply(message):
        return True
    idle = message["header"]["msg_type"] == "status" and message["content"].get("execution_state") == "idle"
    return idle and message["parent_header"].get("msg_type") == "execute_request"


def _in_words(message: dict[str, Any]) -> dict[str, Any]:
    """Errors of the program itself in the language of the window."""
    if _printed(message) and message["content"]["name"] == "stderr":
        return _with_text(message, error_text(message["content"]["text"]))
    return message


def _same_cell(one: dict[str, Any], other: dict[str, Any]) -> bool:
    same_cell = one["parent_header"].get("msg_id") == other["parent_header"].get("msg_id")
    return same_cell and one["content"]["name"] == other["content"]["name"]


def _tail(text: str) -> str:
    """As much of the end of a text as is kept at all."""
    lines = text.splitlines(keepends=True)
    return "".join(lines[-LINES_KEPT:])[-LINES_KEPT * 200 :]


def _rest(message: dict[str, Any]) -> str:
    """What of a printed text has to wait."""
    text = _printed(message)
    lines = text[:CHUNK_CHARACTERS].splitlines(keepends=True)[:CHUNK_LINES]
    return text[sum(map(len, lines)) :]


def _with_text(message: dict[str, Any], text: str) -> dict[str, Any]:
    return {**message, "content": {**message["content"], "text": text}}


def _shortened(message: dict[str, Any]) -> dict[str, Any]:
    """A result of millions of characters would hold up the window."""
    data = message["content"].get("data")
    text = data.get("text/plain", "") if isinstance(data, dict) else ""
    if len(text) > MOST_TEXT:
        data["text/plain"] = f"{text[:MOST_TEXT]}\n… ({len(text) - MOST_TEXT:,})"
    return message


class Heart(QtHBChannel):  # type: ignore[misc]  # qtconsole is not typed
    """Is asked whether it beats, and tells nothing by itself: a process that is late is not dead."""

    def call_handlers(self, since_last_heartbeat: float) -> None:
        pass


class Client(QtKernelClient):  # type: ignore[misc]  # qtconsole is not typed
    """Finds the kernel behind a connection file."""

    hb_channel_class = Type(Heart)


def prepare() -> None:
    """Compile the patterns of the languages, in the background: the first of each lexer takes longer than a window may."""
    for lexer in (Python3Lexer, IPython3Lexer):
        lexer()


def connect(connection: Path) -> Client:
    """A client of the kernel behind a connection file; its threads wait for it where it is not up yet."""
    client = Client(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels()
    return client


def disconnect(client: Client) -> None:
    """End a client's threads, which takes up to a second, in a thread of its own. No signals are sent."""
    threading.Thread(target=ThreadedKernelClient.stop_channels, args=(client,), daemon=True).start()
