"""Qt's types, made in the UI thread before any other thread imports what uses them.

PySide makes a type when its name is first read, and runs Python while it does so; another thread gets the interpreter in
between, calls Qt with half of a type, and the program ends with a segmentation fault (PySide6 6.11). A background import
of a page, or of pyqtgraph, which reads every name, therefore waits until all names have been read here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest")
SLICE_S = 0.005

all_known = threading.Event()


def make_types(parent: QObject) -> None:
    """Make all types, a few at a time, while the events of `parent`'s thread are served; then sets `all_known`."""
    timer = QTimer(parent, interval=0)
    timer.timeout.connect(lambda: _make_some(timer))
    timer.start()


def _make_some(timer: QTimer) -> None:
    until = time.perf_counter() + SLICE_S
    for _ in _types:
        if time.perf_counter() > until:
            return
    all_known.set()
    timer.stop()
    timer.deleteLater()


def _read_names() -> Iterator[None]:
    for name in MODULES:
        module = import_module(f"PySide6.{name}")
        yield
        for attribute in dir(module):
            getattr(module, attribute)
            yield


_types = _read_names()
