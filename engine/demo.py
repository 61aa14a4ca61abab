"""The whole job once, step by step: images, version, training, evaluation, INT8, artifact, release, prediction.

The command `lineside demo` and the window's button run the same steps. Without data of one's own the images are
synthetic (engine/data/sample.py), and every text about them says so.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput, LinesideError, UsageError

if TYPE_CHECKING:
    from engine.jobs import Job
    from engine.training.models import ModelRow
    from engine.workspace import Workspace

MARK = "demo.json"
GRAPH, VERSION, TARGET = "demo", "demo", "here"
SAMPLE_COUNT, SEED = 160, 0
SPLIT = "75/0/25"
# A small network and few steps, so that the whole job takes minutes on two cores; a real training takes longer.
QUICK: dict[str, Any] = {
    "augment.crop": 192, "backbone.width": 16, "neck.width": 32, "train.steps": 1200, "train.batch": 8,
    "train.average": 0.99, "train.checks": 0, "evaluate.score": 0.45,
}  # fmt: skip
STAGES = {  # of a deploy, as people read them
    "push": "Pushing", "pull": "Pulling", "skip": "Pushing", "verify": "Checking digests", "unpack": "Unpacking", "start": "Starting",
    "ready": "Waiting until it answers", "switch": "Switching over", "drain": "Ending the previous release", "done": "Done",
    "gateway": "Bringing the gateway", "wait": "Waiting for the link",
}  # fmt: skip
Progress = Callable[[float | None, str, float | None], None]
Listener = Callable[["Step"], None]


@dataclass(frozen=True)
class Step:
    """One step of the demo, before (`outcome` is empty) and after it was done."""

    number: int
    count: int
    name: str
    title: str
    outcome: str = ""
    seconds: float = 0.0


def run_demo(
    folder: Path,
    data: Path | None = None,
    target_url: str = "process://local",
    progress: Progress | None = None,
    started: Listener | None = None,
    finished: Listener | None = None,
    note: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Run the demo in a folder: a new one, or the folder of an earlier demo, whose data are kept.

    Raises:
        UsageError: the folder is another workspace, or a demo of other data.
        LinesideError: a step failed; what the steps before it made stays.
    """
    with open_demo(folder, data) as workspace:
        return Demo(workspace, data, target_url, progress, started, finished, note).run()


def open_demo(folder: Path, data: Path | None) -> Workspace:
    """The demo's workspace, made or opened.

    Raises:
        UsageError: the folder is another workspace, or a demo of other data.
        BadInput: the data are not there.
    """
    from engine.workspace import SETTINGS, Workspace, write_atomically

    if data is not None and not data.exists():
        raise BadInput(f"{data} does not exist; give the path of a COCO file, with its images beside it.")
    source = str(data.resolve()) if data is not None else ""
    mark = folder / MARK
    if mark.is_file():
        before = json.loads(mark.read_text("utf-8"))["data"]
        if before != source:
            here, now = (f"of {name}" if name else "of the synthetic sample" for name in (before, source))
            raise UsageError(f"{folder} holds a demo {here}; choose another folder for one {now}.")
        return Workspace.open(folder)
    if (folder / SETTINGS).exists():
        raise UsageError(f"{folder} is a workspace, but none that the demo made; choose another folder for the demo.")
    workspace = Workspace.create(folder, "Lineside demo" if data is None else f"Demo: {data.stem}")
    write_atomically(mark, json.dumps({"data": source}).encode())
    return workspace


@dataclass
class Demo:
    """The steps over an open workspace; `run` does them all and returns the summary (plain JSON values).

    Attributes:
        data: a COCO file; None: the synthetic sample.
        progress: called with fraction (None: unknown), message and seconds left.
        started, finished: called at the beginning and the end of each step.
        cancelled: asked while jobs run; when it says yes, the job is cancelled and the demo ends.
    """

    workspace: Workspace
    data: Path | None = None
    target_url: str = "process://local"
    progress: Progress | None = None
    started: Listener | None = None
    finished: Listener | None = None
    note: Callable[[str], None] | None = None
    cancelled: Callable[[], bool] = lambda: False
    summary: dict[str, Any] = field(default_factory=dict)
    _model: ModelRow | None = None

    def run(self) -> dict[str, Any]:
        """All steps, one after another."""
        begun = time.monotonic()
        self.summary = {
            "workspace": str(self.workspace.path), "synthetic": self.data is None, "data": self.source, "seconds": {},
            "shortfalls": [],
        }  # fmt: skip
        steps = list(self._steps())
        for number, (name, title, work) in enumerate(steps, 1):
            step = Step(number, len(steps), name, title)
            if self.started is not None:
                self.started(step)
            start = time.monotonic()
            outcome = work()
            seconds = time.monotonic() - start
            self.summary["seconds"][name] = round(seconds, 1)
            if self.finished is not None:
                self.finished(replace(step, outcome=outcome, seconds=seconds))
        self.summary["seconds"]["total"] = round(time.monotonic() - begun, 1)
        return self.summary

    @property
    def source(self) -> str:
        """What the images are, in words."""
        return "synthetic sample (drawn by the program, no real parts)" if self.data is None else str(self.data)

    def _steps(self) -> Iterator[tuple[str, str, Callable[[], str]]]:
        yield "import", "Draw and import synthetic images" if self.data is None else "Import images", self._import
        yield "version", "Freeze a dataset version", self._version
        yield "train", "Train a small detector", self._train
        yield "evaluate", "Evaluate it on the test images", self._evaluate
        yield "export", "Export, quantise to INT8, measure", self._export
        yield "package", "Build the artifact", self._package
        yield "deploy", "Deploy it", self._deploy
        yield "predict", "Ask it about an image", self._predict

    def _import(self) -> str:
        from engine.data.browse import stats
        from engine.data.imports import import_data
        from engine.data.sample import make_sample

        path = self.data
        if path is None:
            folder = self.workspace.path / "cache" / "sample"
            path = folder / "annotations.json"
            if not path.exists():
                folder.mkdir(parents=True, exist_ok=True)
                path = make_sample(folder, SAMPLE_COUNT, SEED, lambda done, text: self._show(done / 2, text))
        report = import_data(self.workspace, path, progress=lambda done, text: self._show(0.5 + done / 2, text))
        for problem in report.problems[:5]:
            self._note(f"{problem.path}: {problem.reason}")
        counts = stats(self.workspace)
        if not counts.annotations:
            raise BadInput(f"{path} brought no boxes; the demo needs a COCO file with boxes and its images beside it.")
        self.summary |= {"items": counts.items, "labels": counts.labels}
        new = f"{report.imported} images" if report.imported else "all images were there already"
        return f"{new}, {counts.annotations} boxes, {len(counts.labels)} labels"

    def _version(self) -> str:
        from engine.data.versions import create_version, list_versions

        name, number = VERSION, 1
        names = {version.name for version in list_versions(self.workspace)}
        while True:
            try:
                made = create_version(self.workspace, name, split=SPLIT, seed=SEED)
                break
            except UsageError:  # taken by a version of what the workspace held before
                if name not in names:
                    raise
                number += 1
                name = f"{VERSION}-{number}"
        self.summary |= {
            "version": made.name, "version_digest": made.digest, "splits": {k: made.splits.get(k, 0) for k in made.splits}
        }  # fmt: skip
        kept = " (the same as before)" if name in names else ""
        return f"“{made.name}”{kept}, " + ", ".join(f"{count} {split}" for split, count in made.splits.items())

    def _train(self) -> str:
        from engine.modeling.graphs import list_graphs, new_graph
        from engine.training.models import get_model
        from engine.training.runs import start_run

        if GRAPH not in [graph.name for graph in list_graphs(self.workspace)]:
            new_graph(self.workspace, GRAPH, "detection")
        job = start_run(self.workspace, GRAPH, self.summary["version"], QUICK | self._input_size(), seed=SEED)
        result = self._finish(job)
        self._model = model = get_model(self.workspace, result["run"])
        device = _device(model.folder)
        self.summary["model"] = {
            "name": model.name, "number": model.number, "run": model.run_id, "device": device, "metrics": dict(model.metrics)
        }  # fmt: skip
        return f"{model.title} on {device}"

    def _evaluate(self) -> str:
        from engine.evaluation import evaluate_model
        from engine.evaluation.results import Evaluation

        job = evaluate_model(self.workspace, self._trained.id, self.summary["version"])
        evaluation = Evaluation(self.workspace.path / self._finish(job)["path"])
        metrics, intervals = evaluation.summary["metrics"], evaluation.summary["intervals"]
        self.summary |= {
            "evaluation": {**metrics, "threshold": evaluation.summary["threshold"], "intervals": intervals}
        }
        self.summary["metrics"] = [
            {"name": title, "value": metrics[name], "text": _with_interval(metrics[name], intervals.get(name))}
            for name, title in {
                "map50": "mAP@.5", "map": "mAP@[.5:.95]", "missed": "Missed 漏检", "false_reject": "False rejects 过杀",
            }.items()
        ]  # fmt: skip
        return f"mAP@.5 {_number(metrics['map50'])} on {metrics['items']} test images"

    def _export(self) -> str:
        from engine.packaging.export import quantize_model, read_export

        self._finish(quantize_model(self.workspace, self._trained.id))  # exports first
        document = read_export(self._trained.folder) or {}
        self.summary["export"] = document
        self.summary["precisions"] = rows = list(_precisions(document))
        self.summary["shortfalls"] += document.get("rejected", {}).values()
        text = ", ".join(f"{row['precision']} {row['latency_ms']:.2f} ms" for row in rows)
        return f"{text}; chosen: {document.get('chosen', 'fp32')}"

    def _package(self) -> str:
        from engine.packaging.artifacts import get_artifact
        from engine.packaging.base import has_kit
        from engine.packaging.image import package_model

        platform = _platform()
        if not has_kit(platform):
            self._note(
                "The base of artifacts is built once out of Debian packages and wheels; that takes a minute or two and needs"
                " the network this once."
            )
        result = self._finish(package_model(self.workspace, self._trained.id, platform=platform))
        artifact = get_artifact(self.workspace, result["digest"])
        text = f"{artifact.name} {artifact.precision}, {artifact.bytes / 1e6:.1f} MB, {artifact.digest}"
        self.summary["artifact"] = {
            "name": artifact.name, "digest": artifact.digest, "bytes": artifact.bytes, "precision": artifact.precision,
            "platform": platform, "text": text,
        }  # fmt: skip
        return f"{artifact.bytes / 1e6:.1f} MB, {artifact.digest[:19]}…"

    def _deploy(self) -> str:
        from engine.deployment.releases import deploy
        from engine.deployment.targets import add_target, find_target

        row = find_target(self.workspace, TARGET)
        if row is None:
            add_target(self.workspace, TARGET, self.target_url)
        elif row.url != self.target_url:
            raise UsageError(
                f"This demo deploys to {row.url}; for {self.target_url} choose another folder, or: lineside target remove {TARGET}"
            )

        def show(stage: str, done: int, total: int, _digest: str) -> None:
            self._show(done / total if total else None, STAGES.get(stage, stage))

        release = deploy(self.workspace, self.summary["artifact"]["digest"], TARGET, show)
        mode = str(release.details.get("mode", ""))
        how = {
            "namespaces": "in its own root file system", "interpreter": "by this program's own Python (no namespaces here)",
        }.get(mode, mode)  # fmt: skip
        text = ", ".join(filter(None, (f"{TARGET} ({self.target_url})", how, f"at {release.endpoint}")))
        self.summary["target"] = {
            "name": TARGET, "url": self.target_url, "mode": mode, "endpoint": release.endpoint, "release": release.id,
            "text": text,
        }  # fmt: skip
        return text

    def _predict(self) -> str:
        from engine.deployment.predict import predict_many

        rows = self.workspace.query(
            "SELECT i.name, i.id FROM item i JOIN annotation a ON a.item_id = i.id GROUP BY ALL ORDER BY count(*) DESC, i.id LIMIT 5"
        )
        names = [name for name, _ in rows]
        paths = [self._media(ident) for _, ident in rows]
        answers = list(predict_many(self.workspace, TARGET, paths))
        best = max(range(len(answers)), key=lambda index: len(answers[index].get("detections", [])))
        answer, name = answers[best], Path(names[best]).name
        seen = (
            ", ".join(f"{one['label']} {one['score']:.2f}" for one in answer.get("detections", [])[:4])
            or "nothing found"
        )
        text = f"{name}: {seen}"
        self.summary["prediction"] = {"file": str(paths[best]), "item": names[best], "answer": answer, "text": text}
        return text

    def _media(self, item_id: int) -> Path:
        ((digest, link),) = self.workspace.query("SELECT digest, link FROM item WHERE id = ?", [item_id])
        return Path(json.loads(link)["path"]) if link else self.workspace.media.path(digest)

    def _input_size(self) -> dict[str, int]:
        """The input as large as the images, within what a demo can learn in minutes."""
        ((width, height),) = self.workspace.query("SELECT max(width), max(height) FROM item")
        return {"data.width": _fitting(width), "data.height": _fitting(height)}

    @property
    def _trained(self) -> ModelRow:
        assert self._model is not None
        return self._model

    def _finish(self, job: Job, low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
        """Wait for a job and show it between two fractions of the step."""
        from engine.jobs import wait

        def show(event: dict[str, Any]) -> None:
            if self.cancelled():
                job.cancel()
            if event["event"] == "progress":
                self._show(
                    low + (high - low) * event["fraction"], event.get("message") or job.title, event.get("eta_s")
                )

        try:
            status = wait(self.workspace, job, show)
        except KeyboardInterrupt:
            job.cancel()
            raise
        if status.state != "done":
            raise LinesideError(status.error or f"{job.title}: {status.state}.", fix=status.fix)
        return job.result() or {}

    def _show(self, fraction: float | None, message: str, eta_s: float | None = None) -> None:
        if self.progress is not None:
            self.progress(fraction, message, eta_s)

    def _note(self, text: str) -> None:
        if self.note is not None:
            self.note(text)


def _precisions(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Latency (ms, one image, the network alone), speed-up and accuracy (points of mAP@.5) of each precision."""
    for name, found in document.get("precisions", {}).items():
        kept = {key: found.get(key) for key in ("latency_ms", "speedup", "throughput", "accuracy", "drop_pt")}
        yield {"precision": name, **kept, "chosen": name == document.get("chosen")}


def _device(run_folder: Path) -> str:
    try:
        device = json.loads((run_folder / "run.json").read_text("utf-8")).get("device") or {}
    except (OSError, ValueError):
        return ""
    return str(device.get("name") or device.get("accelerator", ""))


def _platform() -> str:
    import platform

    return "linux/arm64" if platform.machine().lower() in ("aarch64", "arm64") else "linux/amd64"


def _fitting(size: int) -> int:
    return min(640, max(128, -(-size // 32) * 32))


def _with_interval(value: float | None, interval: Any) -> str:
    return _number(value) + (
        f" (95 %: {interval[0]:.2f} … {interval[1]:.2f})" if interval and value is not None else ""
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
