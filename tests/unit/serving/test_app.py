"""What happens to requests that wait: deadlines, back pressure, batches, ids, versions. Networks here answer when told to."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.serving.app import App
from engine.serving.batching import Batcher
from engine.serving.bodies import Limits
from engine.serving.errors import BadManifest, Refused
from engine.serving.feedback import Feedback
from engine.serving.kept import Kept
from engine.serving.manifest import ModelManifest
from engine.serving.models import Models, Served
from engine.serving.predictor import Predictor
from engine.serving.rules import Rules
from tests.unit.serving.test_server import png


class Network:
    """A classifier that waits for `go`, and counts."""

    def __init__(self) -> None:
        self.go, self.began = threading.Event(), threading.Event()
        self.runs: list[int] = []

    def __call__(self, tensor: Any) -> dict[str, Any]:
        self.began.set()
        self.go.wait(20)
        self.runs.append(len(tensor))
        share = tensor.mean((1, 2, 3), keepdims=False)
        return {"probabilities": np.stack([share, 1 - share], 1).astype(np.float32)}


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def model(manifest: Callable[..., ModelManifest]) -> ModelManifest:
    return manifest(task="classification", preprocess={"resize": "stretch", "mean": [0], "std": [1]})


def app_of(predictor: Predictor, limits: Limits | None = None, folder: Path | None = None, **rules: Any) -> App:
    """`folder`: for feedback, with these rules."""
    models = Models()
    models.add(Served(predictor))
    models.starting = False
    app = App(models, limits)
    app.feedback = Feedback(folder, app.metrics, Rules.of(rules)) if folder else None
    return app


async def ask(app: App, path: str, body: bytes = b"", method: str = "POST", **headers: str) -> tuple[int, dict, bytes]:
    """One request: status, headers, body."""
    sent: list[Any] = []
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]


async def begun(network: Network) -> None:
    await asyncio.to_thread(network.began.wait, 20)


def test_work_whose_deadline_passes_in_the_queue_is_never_begun(network: Network, model: ModelManifest) -> None:
    app = app_of(Predictor(model, network), Limits(workers=1))

    async def run() -> tuple[Any, ...]:
        first = asyncio.create_task(ask(app, "/predict", png(), x_request_timeout_ms="20000"))
        await begun(network)
        late = await ask(app, "/predict", png(), x_request_timeout_ms="5")
        network.go.set()
        return await first, late

    first, late = asyncio.run(run())
    assert first[0] == 200
    assert late[0] == 504
    assert "passed before its turn" in json.loads(late[2])["error"]
    assert network.runs == [1]
    assert app.busy == 0


def test_the_protocols_timeout_is_a_deadline_too(network: Network, model: ModelManifest) -> None:
    app = app_of(Predictor(model, network), Limits(workers=1))
    data = [[0.0] * (3 * 48 * 64)]
    tensor = {"name": "images", "datatype": "FP32", "shape": [1, 3, 48, 64], "data": data}

    def body(microseconds: int) -> bytes:
        return json.dumps({"parameters": {"timeout": microseconds}, "inputs": [tensor]}).encode()

    async def run() -> tuple[int, int]:
        network.go.set()
        late = await ask(app, "/v2/models/parts/infer", body(1))
        return late[0], (await ask(app, "/v2/models/parts/infer", body(20_000_000)))[0]

    assert asyncio.run(run()) == (504, 200)
    assert network.runs == [1]


@pytest.mark.parametrize("value", ["0", "-1", "soon", "1e3", "9" * 20])
def test_a_deadline_that_is_none_is_refused(network: Network, model: ModelManifest, value: str) -> None:
    status, _, body = asyncio.run(ask(app_of(Predictor(model, network)), "/predict", png(), x_request_timeout_ms=value))
    assert (status, "X-Request-Timeout-Ms" in json.loads(body)["error"]) == (400, True)


def test_who_is_turned_away_is_told_when_there_will_be_room(network: Network, model: ModelManifest) -> None:
    app = app_of(Predictor(model, network), Limits(workers=1, waiting=2))

    async def run() -> tuple[Any, list[Any]]:
        waiting = [asyncio.create_task(ask(app, "/predict", png())) for _ in range(3)]
        await begun(network)
        app._pace = 7.0  # seconds that a request took so far
        turned_away = await ask(app, "/predict", png())
        network.go.set()
        return turned_away, [await one for one in waiting]

    (status, headers, body), others = asyncio.run(run())
    assert (status, headers["retry-after"]) == (429, "21")
    assert "21 s" in json.loads(body)["error"]
    assert [one[0] for one in others] == [200] * 3


def test_images_that_come_together_go_through_together_and_are_answered_as_alone(
    network: Network, model: ModelManifest
) -> None:
    alone = Predictor(model, network)
    batched = app_of(Predictor(model, Batcher(network, seconds=20, most=4)), Limits(workers=8))

    async def run() -> list[Any]:
        network.go.set()
        return await asyncio.gather(*(ask(batched, "/predict", png(value=value)) for value in (10, 90, 170, 250)))

    answers = [json.loads(body) for _, _, body in asyncio.run(run())]
    assert network.runs == [4]
    for value, answer in zip((10, 90, 170, 250), answers, strict=True):
        assert answer["scores"] == pytest.approx(alone.predict(png(value=value)).to_json()["scores"], abs=1e-4)
    assert len({tuple(answer["scores"]) for answer in answers}) == 4


def test_a_batch_that_fails_fails_for_each_of_its_images_and_the_next_one_works() -> None:
    broken = [True]

    def network(tensor: Any) -> dict[str, Any]:
        if broken.pop():
            raise RuntimeError("no memory")
        return {"probabilities": tensor}

    batcher, errors = Batcher(network, seconds=20, most=2), []

    def call() -> None:
        try:
            batcher(np.zeros((1, 1, 1, 1), np.float32))
        except RuntimeError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == ["no memory"] * 2
    broken.append(False)
    assert len(Batcher(network, seconds=0, most=2)(np.ones((1, 1, 1, 1), np.float32))["probabilities"]) == 1


def test_the_callers_id_comes_back_where_it_is_well_formed(network: Network, model: ModelManifest) -> None:
    network.go.set()
    app = app_of(Predictor(model, network))
    assert asyncio.run(ask(app, "/predict", png(), x_request_id="line-3.42"))[1]["x-request-id"] == "line-3.42"
    for bad in ("a b", "x" * 200, 'a"\n', ""):
        made = asyncio.run(ask(app, "/predict", png(), x_request_id=bad))[1]["x-request-id"]
        assert len(made) == 16
        assert made.isalnum()


def test_the_default_can_be_one_version_and_unloading_it_leaves_the_others(
    network: Network, manifest: Callable[..., ModelManifest]
) -> None:
    network.go.set()

    def load(folder: Path) -> Served:
        return Served(Predictor(ModelManifest.load(folder), network))

    def models(folder: Path, default: str = "") -> Models:
        found = Models(load, folder, default)
        found.load_all()
        found.starting = False
        return found

    def lay(folder: Path, name: str, number: int) -> None:
        folder.mkdir(parents=True)
        manifest(name=name, number=number, task="classification").save(folder)

    def answers(found: Models) -> tuple[str, str] | None:
        default = found.default()
        return default and (default.name, default.version)

    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lay(folder / "b" / "1", "b", 1)
        lay(folder / "b" / "2", "b", 2)
        lay(folder / "a", "a", 9)
        assert answers(models(folder)) == ("a", "9")
        assert answers(models(folder, "b")) == ("b", "2")
        found = models(folder, "b:1")
        assert answers(found) == ("b", "1")
        assert found.find("b").version == "1"
        assert found.find("b", "2").version == "2"
        found.unload("b", 1)
        assert answers(found) == ("b", "2")
        with pytest.raises(Refused, match="unloaded") as refused:
            found.find("b", "1")
        assert refused.value.status == 404
        found.load("a", default=True)
        assert answers(found) == ("a", "9")

        lay(folder / "again", "a", 9)
        (folder / "broken").mkdir()
        (folder / "broken" / "model.json").write_text("{")
        reasons = {one["name"]: one["reason"] for one in found.index() if "version" not in one}
        assert "version 9 of a already" in reasons["again"]
        assert "not valid JSON" in reasons["broken"]
        assert found.versions("b") == [2]
        for name in ("a", "b"):
            found.unload(name)
        with pytest.raises(Refused) as empty:
            found.find()
        assert empty.value.status == 503


def test_a_version_that_cannot_be_loaded_anew_goes_on_answering(
    manifest: Callable[..., ModelManifest], tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    manifest(name="a", number=1, task="classification").save(tmp_path / "a")
    whole = True

    def load(folder: Path) -> Served:
        if not whole:
            raise BadManifest("The weights are cut off.")
        return Served(Predictor(ModelManifest.load(folder), Network()))

    models = Models(load, tmp_path)
    models.load_all()
    before, whole = models.default(), False
    with pytest.raises(Exception, match="cut off"):
        models.load("a")
    assert models.find("a") is before or models.default() is before


def test_what_a_person_says_of_an_answer_is_kept_with_the_image(
    network: Network, model: ModelManifest, tmp_path: Path
) -> None:
    network.go.set()
    app = app_of(Predictor(model, network), folder=tmp_path)
    for said in ("verdict=right", "verdict=wrong&label=划痕&note=left"):
        assert asyncio.run(ask(app, f"/feedback?{said}", png(value=255)))[0] == 200
    (file,) = tmp_path.glob("*.item")
    kept = Kept.read(file.read_bytes())
    assert kept.image == png(value=255)
    assert kept.said == {"verdict": "wrong", "label": "划痕", "note": "left"}
    assert kept.reason == "corrected"
    assert kept.prediction["label"]
    assert asyncio.run(ask(app, "/feedback?verdict=perhaps", png()))[0] == 400
    assert asyncio.run(ask(app, "/feedback?verdict=right", b"no image"))[0] == 400
    assert asyncio.run(ask(app_of(Predictor(model, network)), "/feedback?verdict=right", png()))[0] == 404
    small = app_of(Predictor(model, network), folder=tmp_path / "small", megabytes=0.00001)
    assert asyncio.run(ask(small, "/feedback?verdict=right", png()))[0] == 507
