"""Qt's types, made in the UI thread before any other thread imports what uses them.

PySide makes a type when its name is first read, and runs Python while it does so; another thread gets the interpreter in
between, calls Qt with half of a type, and the program ends with a segmentation fault (PySide6 6.11). A background import
of a page, or of pyqtgraph, which reads every name, therefore waits until all names have been read here. A class that is
derived from one of Qt's is half of a type for a moment, too: no page is made meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest", "QtOpenGL", "QtOpenGLWidgets")
PRINTING = ("QtPrintSupport",)  # qtconsole alone reads them
SLICE_S = 0.005

all_known = threading.Event()
defining = threading.Lock()
"""Held by another thread while it defines classes of Qt's, and by the UI thread while it makes pages: never both at once."""


def make_types(parent: QObject, modules: Sequence[str] = MODULES, known: threading.Event = all_known) -> None:
    """Make all types of modules, a few at a time, while the events of `parent`'s thread are served; then sets `known`."""
    if known.is_set():
        return
    names = _read_names(modules)
    timer = QTimer(parent, interval=0)
    timer.timeout.connect(lambda: _make_some(timer, names, known))
    timer.start()


def _make_some(timer: QTimer, names: Iterator[None], known: threading.Event) -> None:
    until = time.perf_counter() + SLICE_S
    for _ in names:
        if time.perf_counter() > until:
            return
    known.set()
    timer.stop()
    timer.deleteLater()


def _read_names(modules: Sequence[str]) -> Iterator[None]:
    for name in modules:
        module = import_module(f"PySide6.{name}")
        yield
        for attribute in dir(module):
            getattr(module, attribute)
            yield
