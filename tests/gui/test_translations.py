"""The translations are complete and compiled."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_text_of_the_window_is_translated_and_compiled() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "translations.py"), "check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_text_hides_inside_another_where_it_is_not_collected() -> None:
    """lupdate does not look into f-strings: what is translated there stays English."""
    found = []
    for path in sorted((ROOT / "app" / "gui").rglob("*.py")):
        joined = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.JoinedStr)]
        calls = [node for text in joined for node in ast.walk(text) if isinstance(node, ast.Call)]
        found += [
            f"{path.name}:{node.lineno}" for node in calls if ast.unparse(node.func).endswith((".tr", "translate"))
        ]
    assert found == []
