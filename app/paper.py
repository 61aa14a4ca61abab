"""Documents on paper: a process without a window paints them as PDF."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import BadInput, LinesideError

if TYPE_CHECKING:
    from engine.packaging.card.card import ModelCard

TIMEOUT_S = 120


class PaperFailed(LinesideError):
    """The document could not be painted."""


def write_card(card: ModelCard, out: Path) -> None:
    """Write a model card as a page or as PDF, by the end of the file's name.

    Raises:
        PaperFailed: the process that paints the PDF failed.
        BadInput: another ending, or a folder.
    """
    from engine.packaging.card.card import write_html

    write = write_pdf if checked_name(out).suffix.lower() == ".pdf" else write_html
    write(card, out)


def checked_name(out: Path) -> Path:
    """The file, where it can be one.

    Raises:
        BadInput: it ends otherwise than a page or a PDF, or is a folder.
    """
    if out.suffix.lower() not in (".html", ".htm", ".pdf"):
        raise BadInput(f"A model card is a .html or a .pdf, not “{out.name}”.")
    if out.is_dir():
        raise BadInput(f"{out} is a folder; name a file in it, {out / 'card.pdf'}.")
    return out


def write_pdf(card: ModelCard, out: Path) -> None:
    """Paint a document; it gets its name when it is whole.

    Raises:
        PaperFailed: the process that paints it failed.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    command = [sys.executable, "-P", "-m", "app.gui.paper", str(part.absolute())]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    try:
        ran = subprocess.run(
            command, input=json.dumps(card.to_json()).encode(), env=environment, capture_output=True, timeout=TIMEOUT_S
        )
        if ran.returncode or not part.is_file():
            last = ran.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise PaperFailed(f"{out} could not be painted: {''.join(last)}; write it as .html instead.")
        part.replace(out)
    except subprocess.TimeoutExpired as error:
        raise PaperFailed(f"{out} could not be painted in {TIMEOUT_S} s; write it as .html instead.") from error
    finally:
        part.unlink(missing_ok=True)
