"""The language of the window: loads compiled translations, switches at run time, checks for a Chinese font."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontDatabase

import assets

FOLDER = Path(assets.__file__).parent / "translations"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
_installed: list[QTranslator] = []


def use_language(language: str) -> None:
    """Show the window in "en" or "zh_CN"; every widget gets a LanguageChange event."""
    app = QCoreApplication.instance()
    if app is None:
        return
    while _installed:
        app.removeTranslator(_installed.pop())
    QLocale.setDefault(QLocale(language))
    if language == "en":
        return
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for folder, name in ((qt, f"qtbase_{language}"), (str(FOLDER), f"lineside_{language}")):
        translator = QTranslator(app)
        if translator.load(name, folder):
            _installed.append(translator)
            app.installTranslator(translator)


def has_chinese_font() -> bool:
    """Whether any font of this machine can show simplified Chinese."""
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))
