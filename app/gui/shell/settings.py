"""What the window remembers between starts: language, theme, author, recent workspaces, sizes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QSettings

RECENT = 12


class Settings:
    """Typed access to the settings file; LINESIDE_CONFIG names another folder for it."""

    def __init__(self) -> None:
        folder = os.environ.get("LINESIDE_CONFIG")
        if folder:
            self._store = QSettings(str(Path(folder) / "window.ini"), QSettings.Format.IniFormat)
        else:
            self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "lineside", "window")

    @property
    def language(self) -> str:
        """The language as chosen: system, en or zh_CN."""
        return str(self._store.value("language", "system"))

    @language.setter
    def language(self, value: str) -> None:
        self._store.setValue("language", value)

    @property
    def effective_language(self) -> str:
        """The language to show: en or zh_CN."""
        if self.language != "system":
            return self.language
        return "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"

    @property
    def theme(self) -> str:
        """The theme as chosen: system, light or dark."""
        return str(self._store.value("theme", "system"))

    @theme.setter
    def theme(self, value: str) -> None:
        self._store.setValue("theme", value)

    @property
    def author(self) -> str:
        """The name that annotations and changes carry; empty: the account's."""
        return os.environ.get("LINESIDE_AUTHOR") or str(self._store.value("author", ""))

    @author.setter
    def author(self, value: str) -> None:
        self._store.setValue("author", value)

    def recent(self) -> list[tuple[str, str]]:
        """Path and name of workspaces, the last one first; those that are gone are left out."""
        try:
            entries = json.loads(str(self._store.value("recent", "[]")))
        except ValueError:
            return []
        return [(path, name) for path, name in entries if (Path(path) / "workspace.toml").is_file()]

    def remember(self, path: Path, name: str) -> None:
        """Put a workspace first among the recent ones."""
        entries = [(str(path), name), *(entry for entry in self.recent() if entry[0] != str(path))]
        self._store.setValue("recent", json.dumps(entries[:RECENT], ensure_ascii=False))

    def forget(self, path: str) -> None:
        """Take a workspace off the list; its folder stays."""
        self._store.setValue("recent", json.dumps([entry for entry in self.recent() if entry[0] != path]))

    def value(self, name: str, default: Any = None) -> Any:
        """A value that a page keeps: sizes of panels, last choices."""
        return self._store.value(name, default)

    def set_value(self, name: str, value: Any) -> None:
        """Keep a value for the next start."""
        self._store.setValue(name, value)

    def sync(self) -> None:
        """Write to the disk now."""
        self._store.sync()

    def file(self) -> str:
        """Where all this is kept."""
        return self._store.fileName()
