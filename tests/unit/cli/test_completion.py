"""Completion scripts, run by the shells they are for."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from app.cli import completion
from app.cli.main import build_parser


def _complete(line: str) -> list[str]:
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"{completion.bash(build_parser())}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _lineside; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd="/tmp")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [("lineside da", ["data"]), ("lineside data im", ["import"]), ("lineside label schema re", ["rename", "remove"]),
     ("lineside -w /x data st", ["stats"]), ("lineside evaluate m --thr", ["--threshold"]),
     ("lineside completion z", ["zsh"]), ("lineside data import --li", ["--link"])],
)  # fmt: skip
def test_bash_completes_commands_and_options(line: str, expected: list[str]) -> None:
    assert _complete(line) == expected


def test_every_command_is_in_the_tree() -> None:
    paths = dict(completion.tree(build_parser()))
    assert "import" in paths["data"]
    assert "--json" in paths["release rollback"]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not on this machine")
def test_zsh_reads_the_script() -> None:
    script = completion.zsh(build_parser())
    done = subprocess.run(["zsh", "-n", "-c", script], capture_output=True, text=True)
    assert done.stderr == ""


def test_the_zsh_script_has_the_help_texts() -> None:
    script = completion.zsh(build_parser())
    assert script.startswith("#compdef lineside")
    assert "'import:Import images and annotations; importing the same again adds nothing.'" in script
