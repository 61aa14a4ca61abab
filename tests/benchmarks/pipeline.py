"""What a pipeline costs over the bare predictor: folder → model → rule → csv, everything written through, in one run.

Images a second of a loop of `Predictor.predict` over JPEGs of 640 × 640 that are read from the disk, and of a pipeline that
takes the same files, in turns in this process; the ratio of the two medians of five. Until a row is there: from moving a
file into the folder to its row in the table.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.serve import _image, _model

TURNS, IMAGES, SINGLE = 5, 200, 50


def pipeline() -> dict[str, float]:
    """Throughput as a ratio, and latency."""
    from engine.serving.pipeline.document import pipeline_of
    from engine.serving.pipeline.runner import Runner
    from engine.serving.predictor import openvino_predictor

    with tempfile.TemporaryDirectory(prefix="lineside-bench-", dir="/var/tmp") as name:
        folder, image = Path(name), _image()
        predictor = openvino_predictor(_model(folder))
        predictor.warm_up()
        (folder / "in").mkdir()
        made = pipeline_of(_document(folder))
        bare, piped = [], []
        for turn in range(TURNS):
            files = _filled(folder, image, turn)
            start = time.perf_counter()
            for file in files:
                predictor.predict(file.read_bytes())
            between = time.perf_counter()
            Runner(made, predictor.predict, folder / "state", once=True).start().wait()
            piped.append(IMAGES / (time.perf_counter() - between))
            bare.append(IMAGES / (between - start))
        waits = _waits(folder, image, Runner(made, predictor.predict, folder / "state").start())
    return {
        "pipeline.images_per_s": statistics.median(piped),
        "pipeline.bare_images_per_s": statistics.median(bare),
        "pipeline.ratio": statistics.median(piped) / statistics.median(bare),
        "pipeline.until_row_p50_ms": statistics.median(waits),
    }


def _waits(folder: Path, image: bytes, runner: Any) -> list[float]:
    """Milliseconds until the row of each file, one at a time."""
    table, waits = folder / "table" / "results.csv", []
    for number in range(SINGLE):
        hidden, size = folder / "in" / f".{number}.jpg", table.stat().st_size
        hidden.write_bytes(image)
        start = time.perf_counter()
        hidden.rename(folder / "in" / f"single-{number}.jpg")
        while table.stat().st_size == size:
            time.sleep(0.0005)
        waits.append(1e3 * (time.perf_counter() - start))
    runner.stop()
    return waits


def _filled(folder: Path, image: bytes, turn: int) -> list[Path]:
    files = [folder / "in" / f"{turn}-{number:04d}.jpg" for number in range(IMAGES)]
    for file in files:
        file.write_bytes(image)
    return files


def _document(folder: Path) -> dict[str, Any]:
    (folder / "table").mkdir()
    return {
        "name": "bench",
        "source": {"kind": "folder", "folder": str(folder / "in"), "settle": 0},
        "rule": {"reject": ["count(score>=0.5) > 0"]},
        "sinks": [{"kind": "csv", "name": "table", "file": str(folder / "table" / "results.csv")}],
    }


MEASURES = [pipeline]
