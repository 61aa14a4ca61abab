"""The pipeline of a release, beside the requests of its server and with the same model."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.serving.errors import Refused
from engine.serving.images import Pixels
from engine.serving.logs import log
from engine.serving.metrics import Metrics
from engine.serving.pipeline.document import Pipeline, read_pipeline
from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.runner import Runner
from engine.serving.pipeline.settings import BadPipeline
from engine.serving.pipeline.sources.posted import Posted, PostedSettings, again
from engine.serving.pipeline.verdicts import VERDICTS
from engine.serving.predictor import Prediction
from engine.serving.state import LIVE

if TYPE_CHECKING:
    from engine.serving.app import App
    from engine.serving.server import Settings

DRAIN_S = 3.0


class Line:
    """Runs while the state folder says that this release is the live one; without a release's digest, always."""

    def __init__(self, pipeline: Pipeline, app: App, state: Path, release: str = "") -> None:
        self._app, self._live, self._release = app, state / LIVE, release
        self.runner = Runner(pipeline, self._predict, state, live=self._is_live, release=release)
        self._started = False

    @staticmethod
    def of(settings: Settings, app: App) -> Line | None:
        """As the settings say; none in a release on trial.

        Raises:
            BadPipeline: the document cannot be used, or there is no state folder.
        """
        if not settings.pipeline or settings.idle_seconds:
            return None
        if not settings.state:
            raise BadPipeline("A pipeline needs a folder that outlives the server: give --state.")
        return Line(read_pipeline(Path(settings.pipeline)), app, Path(settings.state), settings.release)

    def start(self) -> None:
        """Begin, now that there is a model.

        Raises:
            BadPipeline: the rule is about labels that the model never says.
        """
        manifest = self._app.models.find().manifest
        if manifest.table is not None:
            raise BadPipeline(f"“{manifest.name}” answers rows of a table; a pipeline is for images.")
        self.runner.pipeline.rule.check_labels(manifest.labels, f"“{manifest.name}”")
        self.runner.start()
        self._started = True
        log.info("The pipeline %s is ready", self.runner.pipeline.name)

    def end(self) -> None:
        """Take no more pictures from now on; returns at once."""
        self.runner.end(DRAIN_S)

    def stop(self) -> None:
        """Wait until what was taken is delivered, or waits on disk."""
        if self._started:
            self.runner.stop(DRAIN_S)

    def status(self) -> dict[str, Any]:
        """How it does."""
        return self.runner.status()

    def measure(self, metrics: Metrics) -> None:
        """Set its figures."""
        status = self.runner.status()
        metrics.gauge("lineside_pipeline_running", int(status["state"] == "running"))
        for verdict in VERDICTS:
            metrics.total("lineside_pipeline_pictures_total", status["counts"][verdict], verdict=verdict)
        metrics.total("lineside_pipeline_left_out_total", status["dropped"])
        for sink in status["sinks"]:
            for what in ("sent", "dropped", "refused"):
                metrics.total(f"lineside_pipeline_{what}_total", sink[what], sink=sink["name"])
            metrics.gauge("lineside_pipeline_waiting", sink["waiting"], sink=sink["name"])

    def offer(self, name: str, key: str, content: bytes) -> Future[Record]:
        """A picture that was posted; its record, in time.

        Raises:
            Refused: the pipeline takes its pictures elsewhere, or does not run here now.
        """
        if not isinstance(self.runner.pipeline.source, PostedSettings):
            raise Refused(404, "The pipeline of this release takes its pictures elsewhere.")
        if not isinstance(source := self.runner.source, Posted):
            raise again("The pipeline does not run here now")
        return source.offer(name, key, content)

    def _predict(self, image: bytes | Pixels) -> Prediction:
        prediction = self._app.models.find().predictor.predict(image, max_pixels=self._app.limits.pixels)
        for step, value in prediction.milliseconds.items():
            self._app.metrics.observe("lineside_step_seconds", value / 1e3, step=step)
        if self._app.feedback is not None:
            self._app.feedback.offer(image, prediction)
        return prediction

    def _is_live(self) -> bool:
        if not self._release:
            return True
        try:
            return self._live.read_text("ascii").strip() == self._release
        except (OSError, ValueError):
            return False
