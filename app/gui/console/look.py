"""How the console and its plots look in the colours of the theme."""

from __future__ import annotations

from app.gui.shell.theme import CHINESE_FAMILIES, MONO_FAMILIES, Theme, families
from engine.data.colors import OKABE_ITO

SYNTAX = {False: "friendly", True: "github-dark"}  # pygments' styles by whether the theme is dark


def sheet(theme: Theme) -> str:
    """The style sheet of the text, and of the prompts in it."""
    name = {
        token: theme.color(token).name() for token in ("panel", "text", "accent", "on_accent", "quiet", "bad", "line")
    }
    fonts = ", ".join(f'"{family}"' for family in [*MONO_FAMILIES, *CHINESE_FAMILIES])
    return f"""
QTextEdit, QPlainTextEdit {{
  background: {name["panel"]}; color: {name["text"]}; border: none; border-radius: 0; padding: 0 10px;
  font-family: {fonts}; font-size: 12px;
  selection-background-color: {name["accent"]}; selection-color: {name["on_accent"]};
}}
.in-prompt, .in-prompt-number {{ color: {name["accent"]}; }}
.out-prompt, .out-prompt-number {{ color: {name["quiet"]}; }}
.in-prompt-number, .out-prompt-number {{ font-weight: bold; }}
.error {{ color: {name["bad"]}; }}
.inverted {{ background-color: {name["accent"]}; color: {name["on_accent"]}; }}
"""


def plots(theme: Theme) -> dict[str, str]:
    """Settings of matplotlib: grounds and lines of the theme, the colours of labels, fonts that have Chinese."""
    ground, text, line = (theme.color(token).name().lstrip("#") for token in ("panel", "text", "line"))
    colors = ", ".join(f"'{color.lstrip('#')}'" for color in OKABE_ITO)
    return {
        **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor"), ground),
        **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color"), text),
        **dict.fromkeys(("axes.edgecolor", "grid.color", "legend.edgecolor"), line),
        "axes.prop_cycle": f"cycler('color', [{colors}])",
        "axes.unicode_minus": "False",
        "figure.figsize": "6.4, 3.2",
        "font.family": ", ".join(families()),  # the first one that has a character draws it
    }
