"""The one style sheet, written from the colours of the theme; widgets choose by the property `kind`."""

from __future__ import annotations

from collections.abc import Mapping

from app.gui.shell.icons import FOLDER


def stylesheet(token: Mapping[str, str]) -> str:
    """The style sheet for a set of colours."""
    arrow = (FOLDER / "arrows").as_posix()
    shade = "dark" if token["ground"] == "#15181d" else "light"
    return TEMPLATE.replace("ARROW", f"{arrow}/{shade}").replace("%", "%%").replace("{{", "%(").replace(
        "}}", ")s"
    ) % dict(token)


TEMPLATE = """
QWidget { font-size: 13px; }
QToolTip { background: {{panel}}; color: {{text}}; border: 1px solid {{line}}; padding: 5px 8px; }
QMainWindow, QDialog { background: {{ground}}; }
QLabel { background: transparent; }
QLabel[kind="title"] { font-size: 18px; font-weight: 600; }
QLabel[kind="heading"] { font-weight: 600; }
QLabel[kind="figure"] { font-size: 22px; font-weight: 600; }
QLabel[kind="quiet"] { color: {{quiet}}; }
QLabel[kind="small"] { color: {{quiet}}; font-size: 12px; }
QLabel[kind="good"] { color: {{good}}; }
QLabel[kind="warning"] { color: {{warning}}; }
QLabel[kind="bad"] { color: {{bad}}; }

QPushButton, QToolButton[kind="button"] {
  min-height: 28px; padding: 0 12px; border: 1px solid {{line}}; border-radius: 6px; background: {{panel}}; color: {{text}};
}
QPushButton:hover, QToolButton[kind="button"]:hover { background: {{hover}}; }
QPushButton:pressed, QToolButton[kind="button"]:pressed { background: {{line}}; }
QPushButton:focus, QToolButton[kind="button"]:focus { border: 1px solid {{accent}}; }
QPushButton:disabled, QToolButton[kind="button"]:disabled { color: {{quiet}}; background: {{ground}}; }
QPushButton:checked, QToolButton[kind="button"]:checked { background: {{accent_ground}}; color: {{accent}}; border-color: {{accent}}; }
QToolButton[kind="button"]::menu-indicator { image: none; width: 0; }
QPushButton[kind="primary"] { background: {{accent}}; color: {{on_accent}}; border: 1px solid {{accent}}; font-weight: 600; }
QPushButton[kind="primary"]:hover { background: {{accent}}; border-color: {{text}}; }
QPushButton[kind="primary"]:focus { border: 2px solid {{text}}; }
QPushButton[kind="primary"]:disabled { background: {{line}}; color: {{quiet}}; border-color: {{line}}; }
QPushButton[kind="danger"] { color: {{bad}}; border-color: {{bad}}; }
QPushButton[kind="danger"]:hover { background: {{bad_ground}}; }
QPushButton[kind="danger"]:focus { border: 2px solid {{bad}}; }
QPushButton[large="true"] { min-height: 42px; font-size: 15px; font-weight: 600; }
QPushButton[kind="danger"]:disabled { color: {{quiet}}; border-color: {{line}}; }
QPushButton[kind="flat"], QToolButton { border: 1px solid transparent; background: transparent; border-radius: 6px; padding: 3px; }
QPushButton[kind="flat"] { padding: 0 8px; text-align: left; }
QPushButton[kind="flat"]:hover, QToolButton:hover { background: {{hover}}; }
QPushButton[kind="flat"]:focus, QToolButton:focus { border: 1px solid {{accent}}; }
QToolButton:checked { background: {{accent_ground}}; }
QPushButton[kind="mark"] { min-height: 24px; padding: 0 4px; color: {{quiet}}; font-size: 12px; }
QPushButton[kind="mark"]:checked { color: {{accent}}; }
QPushButton[kind="link"] {
  border: 1px solid transparent; background: transparent; color: {{accent}}; padding: 0 2px; min-height: 20px;
  text-decoration: underline; text-align: left;
}
QPushButton[kind="link"]:focus { border: 1px solid {{accent}}; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QAbstractSpinBox {
  border: 1px solid {{field_line}}; border-radius: 6px; background: {{panel}}; color: {{text}};
  selection-background-color: {{accent}}; selection-color: {{on_accent}};
}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { min-height: 28px; padding: 0 8px; }
QPlainTextEdit, QTextEdit { padding: 4px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border: 1px solid {{accent}}; }
QLineEdit[wrong="true"], QSpinBox[wrong="true"], QDoubleSpinBox[wrong="true"], QComboBox[wrong="true"], QPlainTextEdit[wrong="true"] { border: 1px solid {{bad}}; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: {{quiet}}; background: {{ground}}; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url(ARROW-down.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { border: 1px solid {{line}}; background: {{panel}}; outline: none; padding: 4px; selection-background-color: {{accent_ground}}; selection-color: {{accent}}; }
QComboBox QAbstractItemView::item { min-height: 26px; }
QSpinBox::up-button, QDoubleSpinBox::up-button { border: none; width: 20px; subcontrol-position: top right; }
QSpinBox::down-button, QDoubleSpinBox::down-button { border: none; width: 20px; subcontrol-position: bottom right; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(ARROW-up.svg); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(ARROW-down.svg); width: 10px; height: 10px; }
QCheckBox, QRadioButton { spacing: 8px; min-height: 22px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid {{field_line}}; background: {{panel}}; }
QCheckBox::indicator { border-radius: 4px; }
QTableView::indicator, QTreeView::indicator { width: 16px; height: 16px; border: 1px solid {{field_line}}; border-radius: 4px; background: {{panel}}; }
QTableView::indicator:checked, QTreeView::indicator:checked { background: {{accent}}; border-color: {{accent}}; image: url(ARROW-check.svg); }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:checked { background: {{accent}}; border-color: {{accent}}; image: url(ARROW-check.svg); }
QRadioButton::indicator:checked { background: {{panel}}; border: 5px solid {{accent}}; width: 8px; height: 8px; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus, QCheckBox:focus::indicator, QRadioButton:focus::indicator { border-color: {{accent}}; }

QFrame[kind="card"] { background: {{panel}}; border: 1px solid {{line}}; border-radius: 8px; }
QFrame[kind="target"], QFrame[kind="machine"] { background: {{panel}}; border: 1px solid {{line}}; border-radius: 8px; }
QFrame[kind="machine"] { background: {{ground}}; }
QFrame[kind="target"]:focus, QFrame[kind="target"][drop="fits"] { border: 1px solid {{accent}}; }
QFrame[kind="target"][drop="here"] { border: 2px solid {{accent}}; background: {{accent_ground}}; }
QFrame[kind="target"][drop="not"] { border: 1px dashed {{warning}}; background: {{ground}}; }
QFrame[kind="panel"] { background: {{panel}}; border: none; }
QFrame[kind="side"] { background: {{panel}}; border: none; border-left: 1px solid {{line}}; }
QFrame[kind="line"] { background: {{line}}; border: none; max-height: 1px; min-height: 1px; }
QFrame[kind="notice"] { background: {{panel}}; border: 1px solid {{line}}; border-radius: 8px; }
QFrame[kind="notice-error"], QFrame[kind="error"] { background: {{bad_ground}}; border: 1px solid {{bad}}; border-radius: 8px; }
QFrame[kind="notice-warning"] { background: {{warning_ground}}; border: 1px solid {{warning}}; border-radius: 8px; }
QFrame[kind="notice-good"] { background: {{good_ground}}; border: 1px solid {{good}}; border-radius: 8px; }
QFrame[kind="top"] { background: {{panel}}; border: none; border-bottom: 1px solid {{line}}; }
QFrame[kind="status"] { background: {{panel}}; border: none; border-top: 1px solid {{line}}; }
QFrame[kind="rail"] { background: {{panel}}; border: none; border-right: 1px solid {{line}}; }
QFrame[kind="status"] QLabel { color: {{quiet}}; font-size: 12px; }
QFrame[kind="status"] QPushButton { color: {{quiet}}; font-size: 12px; font-weight: normal; min-height: 20px; padding: 0 6px; }
QLabel[kind="chip"], QPushButton[kind="chip"] { background: {{ground}}; color: {{quiet}}; border: 1px solid {{line}}; border-radius: 12px; padding: 0 10px; min-height: 22px; max-height: 22px; font-size: 12px; font-weight: 600; }
QPushButton[kind="chip-accent"] { background: {{accent_ground}}; color: {{accent}}; border: 1px solid {{accent_ground}}; border-radius: 12px; padding: 0 10px; min-height: 22px; max-height: 22px; font-size: 12px; font-weight: 600; }
QPushButton[kind="chip-accent"]:focus, QPushButton[kind="chip"]:focus { border: 1px solid {{accent}}; }
QLabel[kind="key"] { color: {{quiet}}; border: 1px solid {{line}}; border-radius: 4px; padding: 0 6px; font-size: 11px; }
QPushButton[kind="search"] { background: {{ground}}; color: {{quiet}}; text-align: left; border: 1px solid {{line}}; }
QPushButton[kind="search"]:hover { border-color: {{field_line}}; }
QPushButton[kind="search"]:focus { border: 1px solid {{accent}}; }

QListView[kind="grid"] { background: transparent; }
QScrollArea, QScrollArea > QWidget > QWidget[kind="page"] { border: none; background: transparent; }
QAbstractItemView { border: none; background: {{panel}}; outline: none; selection-background-color: {{accent_ground}}; selection-color: {{text}}; }
QTableView, QTreeView, QListView { alternate-background-color: {{ground}}; gridline-color: {{line}}; }
QTableView::item, QTreeView::item { padding: 3px 6px; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected { background: {{accent_ground}}; color: {{text}}; }
QTreeView::item:hover, QListView::item:hover { background: {{hover}}; }
QHeaderView { background: {{panel}}; }
QHeaderView::section { background: {{panel}}; color: {{quiet}}; border: none; border-bottom: 1px solid {{line}}; padding: 4px 8px; font-size: 12px; }
QTableCornerButton::section { background: {{panel}}; border: none; }
QSplitter::handle { background: {{line}}; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QProgressBar { border: none; background: {{line}}; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: {{accent}}; border-radius: 2px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: {{line}}; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: {{accent}}; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {{accent}}; }
QTabBar { background: transparent; }
QTabBar::tab { padding: 6px 12px; color: {{quiet}}; border: none; border-bottom: 2px solid transparent; background: transparent; }
QTabBar::tab:selected { color: {{text}}; border-bottom: 2px solid {{accent}}; font-weight: 600; }
QTabBar::tab:focus { color: {{accent}}; }
QTabWidget::pane { border: none; }
QMenu { background: {{panel}}; border: 1px solid {{line}}; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: {{accent_ground}}; color: {{accent}}; }
QMenu::item:disabled { color: {{quiet}}; }
QMenu::separator { height: 1px; background: {{line}}; margin: 4px 6px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: {{field_line}}; border-radius: 4px; margin: 1px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: {{quiet}}; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; border: none; width: 0; height: 0; }
QPlainTextEdit[kind="log"], QPlainTextEdit[kind="code"] { border: 1px solid {{line}}; font-size: 12px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
"""
