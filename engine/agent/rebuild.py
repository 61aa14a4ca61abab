"""Makes blobs of a box out of older ones and of changes that were pushed beside them: `box.sh rebuild` runs it.

python -m engine.agent.rebuild BLOBS    pieces as JSON on stdin; without any it says whether it could
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.agent import blobs, zstd
from engine.agent.errors import Refused
from engine.agent.index import piece_of


def main(folder: Path) -> int:
    """0: all pieces are there, their chunks gone; 1: one could not be made."""
    try:
        zstd.check()
        for document in json.load(sys.stdin):
            piece = piece_of(document)
            try:
                blobs.bring(folder, piece, folder)
            finally:
                for chunk in piece.chunks:
                    (folder / chunk.sha256).unlink(missing_ok=True)
    except (Refused, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
