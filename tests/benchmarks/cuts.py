"""Figures of boxes: what an apply from a stick survives."""

from __future__ import annotations

import os
import shutil
import sys

CUTS = int(os.environ.get("LINESIDE_BENCH_CUTS", "1000"))


def power_cuts() -> dict[str, float]:
    """Power cuts at steps spread over an apply from a stick, and after how many the box came up whole by itself."""
    from tests.faults.cuts import CutBox, cuts, roomy

    folder = roomy()
    box = CutBox(folder)
    try:
        done, survived = cuts(CUTS, box, seed=1, tell=lambda text: print(f"  {text}", file=sys.stderr, flush=True))
    finally:
        box.close()
        shutil.rmtree(folder)
    return {"release.power_cuts": done, "release.power_cuts_survived": survived}


MEASURES = [power_cuts]
