from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from app.gui.shell import qt_types, registry


def test_a_page_is_imported_elsewhere_only_once_all_types_of_qt_are_made(
    qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "late_page.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(registry.PAGES, "late", "late_page:Page")
    known = threading.Event()
    monkeypatch.setattr(registry, "all_known", known)
    thread = threading.Thread(target=registry.import_page, args=("late",), daemon=True)
    thread.start()
    qtbot.wait(100)
    assert "late_page" not in sys.modules
    owner = QObject()
    qt_types.make_types(owner, qt_types.MODULES, known)
    qtbot.waitUntil(known.is_set)
    thread.join(10)
    assert sys.modules.pop("late_page", None) is not None


def test_no_page_is_made_while_another_thread_defines_classes(
    qtbot, shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_classes.py").write_text("import time\nbegun = True\ntime.sleep(0.5)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    qtbot.waitUntil(qt_types.all_known.is_set)
    making = registry.Making(shell, "settings")
    thread = threading.Thread(target=registry.import_classes, args=("slow_classes",), daemon=True)
    thread.start()
    qtbot.waitUntil(qt_types.defining.locked)
    assert making.go_on(1e-9) is None and making._page is None, "nothing of it is begun"
    thread.join(10)
    assert sys.modules.pop("slow_classes").begun
    assert making.go_on() is making._page is not None
    making._page.deleteLater()


ALL_IMPORTED = """
import sys
from importlib import import_module
from app.gui.shell.qt_types import MODULES, PRINTING
from app.gui.shell.registry import ALSO_NEEDED, PAGES, PARTS
def loaded(): return {name.partition(".")[2] for name in sys.modules if name.startswith("PySide6.Qt")}
for place in [*PAGES.values(), *PARTS, *(one for more in ALSO_NEEDED.values() for one in more)]:
    import_module(place.partition(":")[0])
print(sorted(loaded() - {*MODULES}))
import app.gui.console.view
print(sorted(loaded() - {*MODULES, *PRINTING}))
"""


def test_pages_and_console_use_no_module_of_qt_whose_types_are_not_made_first() -> None:
    found = subprocess.run([sys.executable, "-c", ALL_IMPORTED], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == ["[]", "[]"]
