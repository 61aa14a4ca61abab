"""Colours, fonts and the style sheet of the window, in a light and a dark set, switchable at run time."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.gui.shell import icons
from app.gui.shell.style import stylesheet

LIGHT = {
    "ground": "#f6f7f8",
    "panel": "#ffffff",
    "line": "#dfe3e8",
    "text": "#1d2430",
    "quiet": "#667085",
    "accent": "#0b7a75",
    "accent_ground": "#e6f4f3",
    "on_accent": "#ffffff",
    "good": "#067647",
    "warning": "#b54708",
    "bad": "#b42318",
    "bad_ground": "#fef3f2",
    "warning_ground": "#fffaeb",
    "good_ground": "#ecfdf3",
    "image": "#eceff2",
    "hover": "#f0f2f4",
    "field_line": "#c9ced6",
}
DARK = {
    "ground": "#15181d",
    "panel": "#1c2027",
    "line": "#2c323c",
    "text": "#e6e9ee",
    "quiet": "#98a2b3",
    "accent": "#2dd4bf",
    "accent_ground": "#12312f",
    "on_accent": "#08211f",
    "good": "#47cd89",
    "warning": "#fdb022",
    "bad": "#f97066",
    "bad_ground": "#331b1a",
    "warning_ground": "#31260f",
    "good_ground": "#11291d",
    "image": "#101317",
    "hover": "#252a33",
    "field_line": "#3b4350",
}
ALIASES = {"image_ground": "image", "quiet_text": "quiet"}
CHINESE_FAMILIES = ["Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei"]
LATIN_FAMILIES = ["Inter", "Segoe UI", "Noto Sans", "Cantarell", "Ubuntu", "DejaVu Sans"]
MONO_FAMILIES = ["Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", "Consolas", "Menlo", "monospace"]


class Theme(QObject):
    """The colours in use; `theme_changed` is sent after a switch."""

    theme_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = "system"
        self._tokens = LIGHT
        self._icons: dict[tuple[str, str], QIcon] = {}

    @property
    def dark(self) -> bool:
        """Whether the dark set is in use."""
        return self._tokens is DARK

    def color(self, name: str) -> QColor:
        """The colour of a token: ground, panel, line, text, quiet, accent, accent_ground, good, warning, bad, image."""
        return QColor(self._tokens[ALIASES.get(name, name)])

    def icon(self, name: str, color: str = "text") -> QIcon:
        """An icon of the program's own set, tinted with a token of the theme."""
        key = (name, self._tokens[ALIASES.get(color, color)])
        if key not in self._icons:
            self._icons[key] = icons.tinted(*key)
        return self._icons[key]

    def use(self, choice: str) -> None:
        """Switch to "light", "dark" or what the "system" has."""
        self.choice = choice
        dark = choice == "dark" or (choice == "system" and system_is_dark())
        self._tokens = DARK if dark else LIGHT
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(self._palette())
            app.setStyleSheet(stylesheet(self._tokens))
        self.theme_changed.emit()

    def prepare(self, app: QApplication) -> None:
        """Set style and fonts once, at start."""
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(ui_font())
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(lambda: self.use("system") if self.choice == "system" else None)

    def _palette(self) -> QPalette:
        palette = QPalette()
        role = QPalette.ColorRole
        pairs = {
            role.Window: "ground",
            role.Base: "panel",
            role.AlternateBase: "ground",
            role.Button: "panel",
            role.ToolTipBase: "panel",
            role.Highlight: "accent",
            role.HighlightedText: "on_accent",
            role.Link: "accent",
            role.LinkVisited: "accent",
            role.PlaceholderText: "quiet",
            role.Mid: "line",
            role.Midlight: "line",
            role.Dark: "line",
            role.Light: "panel",
            role.Accent: "accent",
        }
        for item, name in pairs.items():
            palette.setColor(item, self.color(name))
        for item in (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText):
            palette.setColor(item, self.color("text"))
            palette.setColor(QPalette.ColorGroup.Disabled, item, self.color("quiet"))
        return palette


@cache
def theme() -> Theme:
    """The one theme of the window."""
    return Theme()


def system_is_dark() -> bool:
    """Whether the desktop asks for dark windows."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


@cache
def families() -> list[str]:
    """The system's font when a desktop names one, else a plain sans; Chinese behind it."""
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    named = [] if system in ("", "Sans Serif", "Sans", "sans-serif") else [system]
    known = [family for family in [*LATIN_FAMILIES, *CHINESE_FAMILIES] if QFontDatabase.hasFamily(family)]
    return [*dict.fromkeys([*named, *known])] or [QFont().defaultFamily()]


def ui_font(pixels: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font of the interface."""
    font = QFont()
    font.setFamilies(families())
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def mono_font(pixels: int = 12) -> QFont:
    """The font of code and logs."""
    font = QFont()
    font.setFamilies([*MONO_FAMILIES, *CHINESE_FAMILIES])
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(pixels)
    return font
