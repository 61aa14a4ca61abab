"""The training page on job folders as workers write them, growing while it looks."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.training.page import TrainingPage


def write_run(workspace: Path, name: str, events: list[dict], **files: dict) -> Path:
    """A job folder of a training."""
    folder = workspace / "jobs" / name
    folder.mkdir(parents=True)
    spec = {"kind": "train", "title": f"Train {name}", "created": "2026-11-23T21:00:00+00:00", "workspace": "x"}
    spec["arguments"] = {"run": name, "graph": "pcb", "version": 1, "seed": 0}
    (folder / "spec.json").write_text(json.dumps(spec))
    add_events(folder, events)
    for file, content in files.items():
        (folder / f"{file}.json").write_text(json.dumps(content))
    return folder


def add_events(folder: Path, events: list[dict]) -> None:
    with (folder / "events.jsonl").open("a") as file:
        file.writelines(json.dumps({"at": time.time(), **event}) + "\n" for event in events)


def metric(step: int, **values: float) -> dict:
    return {"event": "metric", "step": step, "values": values}


STARTED = {"event": "started", "attempt": 1, "pid": 1}
DEVICE = {
    "event": "device",
    "name": "AMD",
    "precision": "bf16-mixed",
    "why": "The CPU (AMD).",
    "why_zh": "CPU（AMD）。",
}


@pytest.fixture
def page(window, shell, qtbot) -> TrainingPage:
    window.show_page("training")
    made = window.page("training")
    assert isinstance(made, TrainingPage)
    return made


def test_without_runs_the_page_says_how_to_begin(page, qtbot):
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.empty, timeout=20_000)
    assert "lineside train" in page.empty.command.text()


def test_a_finished_run_shows_curves_device_best_figure_and_the_way_to_evaluation(page, shell, qtbot):
    events = [STARTED, DEVICE, *(metric(step, loss=7 - step / 10) for step in range(1, 11)), metric(10, val_map50=0.93)]
    write_run(shell.workspace.path, "a", events, result={"run": "a"})
    page.shown()
    qtbot.waitUntil(lambda: page.best.value.text() == "0.930", timeout=5000)
    assert page.device.text() == "The CPU (AMD)."
    assert page.state.text() == "Finished"
    assert page.evaluate.isVisible()
    assert not page.cancel.isVisible()
    qtbot.waitUntil(lambda: page.quality_curves is not None and list(page.quality_curves._data) == ["mAP@.5"])
    asked = []
    shell.asked_to_go.connect(lambda name, arguments: asked.append((name, arguments)))
    QTest.mouseClick(page.evaluate, Qt.MouseButton.LeftButton)
    assert asked[0][0] == "evaluation"
    assert asked[0][1]["run"] == "a"


def test_points_that_come_later_join_the_curve_and_a_resumed_run_overwrites_what_it_repeats(page, shell, qtbot):
    folder = write_run(
        shell.workspace.path, "a", [STARTED, metric(1, loss=5.0), metric(2, loss=4.0), metric(3, loss=3.0)]
    )
    page.shown()
    qtbot.waitUntil(lambda: page.loss.value.text() == "3.000", timeout=5000)
    add_events(folder, [{**STARTED, "attempt": 2}, metric(2, loss=4.5), metric(3, loss=3.5), metric(4, loss=2.5)])
    qtbot.waitUntil(lambda: page.loss.value.text() == "2.500", timeout=8000)
    whole = [(1, 5.0), (2, 4.5), (3, 3.5), (4, 2.5)]
    qtbot.waitUntil(lambda: page.loss_curves is not None and page.loss_curves._data.get("loss") == whole)


def test_a_run_that_failed_says_why_in_a_sentence_and_offers_to_resume(page, shell, qtbot):
    failed = {"event": "failed", "kind": "not_a_number", "message": "The loss became nan at step 12.", "fix": ""}
    write_run(shell.workspace.path, "a", [STARTED, metric(1, loss=5.0), failed], exit={"code": 1, "at": 0})
    page.shown()
    qtbot.waitUntil(lambda: page.error.isVisible(), timeout=5000)
    assert "nan at step 12" in page.error.text.text()
    assert page.resume.isVisible()


def test_runs_are_chosen_by_arrow_keys(page, shell, qtbot):
    for name, value in (("b", 0.9), ("a", 0.5)):
        write_run(shell.workspace.path, name, [STARTED, metric(1, val_map50=value)], result={})
    page.shown()
    qtbot.waitUntil(lambda: page.best.value.text() == "0.900", timeout=5000)
    page.runs.setFocus()
    QTest.keyClick(page.runs, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: page.best.value.text() == "0.500", timeout=5000)


def test_a_long_run_does_not_stall_the_window(page, shell, ui_watchdog, qtbot):
    events = [
        STARTED,
        *(metric(step, loss=7 / step, class_loss=3 / step, box_loss=1 / step) for step in range(1, 4000)),
    ]
    page.shown()
    qtbot.waitUntil(lambda: page.quality_curves is not None)
    write_run(shell.workspace.path, "a", events, result={})
    ui_watchdog.reset()
    qtbot.waitUntil(lambda: page.step.value.text() == "3,999", timeout=8000)
    qtbot.wait(300)
    ui_watchdog.limit_ms = 60_000  # closing the workspace at the end is not what is looked at here


WARNING = {
    "event": "warning", "kind": "overfits", "step": 2, "curve": "val_map50", "text": "The model learns by heart.",
    "text_zh": "模型在死记。", "evidence": {"best": 0.9},
}  # fmt: skip
LIVE = {
    "event": "live", "step": 3, "images_s": 12.34, "waiting": 0.25, "memory_mb": 900, "energy_wh": 1.5,
    "energy_source": "cpu_time", "gradient": {"backbone": 0.5}, "left_s": [100.0, 200.0, 300.0],
}  # fmt: skip


def test_what_stands_out_is_shown_once_with_its_step_and_marked_in_its_curve(page, shell, qtbot):
    events = [STARTED, metric(1, val_map50=0.9), metric(2, val_map50=0.7), WARNING, WARNING, LIVE]
    write_run(shell.workspace.path, "a", events, result={})
    page.shown()
    qtbot.waitUntil(lambda: page.warnings.isVisible(), timeout=5000)
    (line,) = page.warnings.lines
    assert line.text() == "Step 2 · mAP@.5: The model learns by heart."
    qtbot.waitUntil(lambda: page.quality_curves is not None and page.quality_curves._marked == [2])
    assert page.loss_curves._marked == []
    assert page.now.text().startswith("12.3 images/s · 25% of the time waits for images · 900 MB memory · 1.50 Wh (est")
    assert page.gradient.text() == "Gradient: backbone 0.5"
    assert page.eta.text().endswith("2 min to 5 min left")


def test_answers_to_val_images_are_drawn_and_open_their_item(page, shell, qtbot, tmp_path):
    from engine.data.imports import import_data
    from engine.data.sample import make_sample
    from engine.serving.manifest import InputSpec, ModelManifest

    import_data(shell.workspace, make_sample(tmp_path / "sample", count=2))
    ((key, item),) = shell.workspace.query("SELECT key, id FROM item ORDER BY id LIMIT 1")
    folder = shell.workspace.path / "runs" / "a"
    folder.mkdir(parents=True)
    ModelManifest(name="pcb", task="detection", labels=("dent",), input=InputSpec()).save(folder)
    boxes = [[0.1, 0.1, 0.3, 0.3, 0.9, "dent"], [0.6, 0.6, 0.7, 0.7, 0.4, "dent"]]
    image = {"key": key, "name": "x.png", "boxes": boxes, "truth": [[0.1, 0.1, 0.3, 0.31, "dent"]]}
    (folder / "answers.json").write_text(json.dumps({"step": 40, "images": [image, {**image, "key": -1}]}))
    write_run(shell.workspace.path, "a", [STARTED, metric(40, val_map50=0.9)], result={})
    page.shown()
    qtbot.waitUntil(lambda: page.answers.count() == 1, timeout=5000)
    assert page.answers.item(0).text() == "1 / 1"
    assert page.answers_card.isVisible()
    asked = []
    shell.asked_to_go.connect(lambda name, arguments: asked.append((name, arguments)))
    page.answers.itemActivated.emit(page.answers.item(0))
    assert asked == [("labeling", {"item": item})]
