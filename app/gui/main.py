"""Starting the window."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.gui.shell.window import MainWindow


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window on a workspace, by default the last one; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lineside window", description="Open the window.")
    parser.add_argument("workspace", nargs="?", default="", help="a workspace's folder; default: the last one")
    options = parser.parse_args(arguments)
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        if not os.environ.get("QT_QPA_PLATFORM"):
            print(
                "There is no display here, so no window can be shown; the commands work: lineside --help",
                file=sys.stderr,
            )
            return 1
    application = make_application()
    window = make_window(str(Path(options.workspace).absolute()) if options.workspace else "")
    code = application.exec()
    del window
    return code


def make_application() -> QApplication:
    """The QApplication with style, fonts, theme and language set."""
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtWidgets import QApplication

    from app.gui.shell.languages import use_language
    from app.gui.shell.settings import Settings
    from app.gui.shell.theme import theme

    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    QCoreApplication.setApplicationName("Lineside")
    settings = Settings()
    theme().prepare(application)
    theme().use(settings.theme)
    use_language(settings.effective_language)
    return application


def make_window(workspace: str = "") -> MainWindow:
    """The main window, shown, about to open a workspace."""
    from PySide6.QtCore import QTimer

    from app.gui.shell.icons import pixmap, svg
    from app.gui.shell.window import MainWindow

    window = MainWindow()
    window.setWindowIcon(pixmap(svg("lineside", "#000"), 64))
    window.start(workspace)
    window.show()
    QTimer.singleShot(300, window, lambda: _warn_about_fonts(window))
    QTimer.singleShot(600, window, lambda: threading.Thread(target=_warm_up, daemon=True).start())
    return window


def _warn_about_fonts(window: MainWindow) -> None:
    from app.gui.shell.languages import has_chinese_font

    if not has_chinese_font():
        window.shell.notice(
            "This machine has no font for Chinese, so 中文 shows as boxes. Debian, Ubuntu: apt install fonts-wqy-microhei",
            kind="warning",
        )


def _warm_up() -> None:
    """Import what opening a workspace needs, while the person looks at the start page."""
    import engine.workspace  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
