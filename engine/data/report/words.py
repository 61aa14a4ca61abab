"""The words of reports in the languages of the program; what has no translation stays English."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

LANGUAGES = ("en", "zh")
REPORT = "engine.data.report"


class Words:
    """Called with an English text it gives the text of the language, with {0} … filled in.

    `package` may have a zh.json of its own, beside that of the data report.
    """

    def __init__(self, language: str = "en", package: str = REPORT) -> None:
        short = language.replace("_", "-").split("-")[0].lower()
        self.language = short if short in LANGUAGES else "en"
        self._known = _translations(REPORT) | _translations(package) if self.language == "zh" else {}

    def __call__(self, text: str, *values: object) -> str:
        """The text in the language."""
        found = self._known.get(text, text)
        return found.format(*values) if values else found


@lru_cache(maxsize=4)
def _translations(package: str) -> dict[str, str]:
    text = resources.files(package).joinpath("zh.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)
    return found
