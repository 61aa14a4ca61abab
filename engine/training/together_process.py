"""One more process of a training: `python -P -m engine.training.together_process '{…}'`, started by `together`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from engine.jobs.worker import end_with_parent
from engine.training.fit import fit
from engine.training.together import be


class Silent:
    """Process 0 tells what there is to tell."""

    def wait_if_paused(self) -> float:
        """Process 0 waits, and the others for it."""
        return 0.0

    def give_way(self, worked_s: float) -> float:
        """As above."""
        del worked_s
        return 0.0

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_words: None


def main(told: dict[str, Any]) -> None:
    """Train in a folder of its own until all have ended."""
    end_with_parent()
    be(told["number"], told["count"], Path(told["meet"]))
    fold = tuple(told["fold"]) if told["fold"] else None
    fit(Path(told["folder"]), Path(told["version"]), told["seed"], Silent(), dynamics=False, fold=fold)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
