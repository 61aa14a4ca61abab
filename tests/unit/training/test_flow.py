"""What really flows through a drawing for one item, as the process beside the window tells it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data.imports import import_data
from engine.data.sample import LABELS, make_sample
from engine.errors import LinesideError
from engine.modeling.graph import Graph, Node
from engine.modeling.recipes import RECIPES
from engine.training.flow import Flow, beside, find_item, flow
from engine.training.models import ModelRow
from engine.workspace import Workspace

SMALL = {"data.width": 160, "data.height": 160, "augment.crop": 96, "backbone.width": 16, "neck.width": 16}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four synthetic parts with boxes, as files."""
    return make_sample(tmp_path_factory.mktemp("sample"), count=4)


@pytest.fixture
def parts(workspace: Workspace, sample: Path) -> Workspace:
    """Four synthetic parts with boxes."""
    import_data(workspace, sample)
    return workspace


@pytest.fixture
def detector() -> Graph:
    return RECIPES["detection"].graph("pcb").with_parameters(SMALL)


def one(ws: Workspace, graph: Graph, **options: object) -> Flow:
    return flow(ws, graph, [find_item(ws, "part-0001")], **options)[0]  # type: ignore[arg-type]


def test_each_output_of_a_detector_gives_its_picture_and_the_loss_its_parts(parts: Workspace, detector: Graph) -> None:
    found = one(parts, detector)
    assert found.failure is None
    assert [shown.what for shown in found.ports["data", "samples"]] == ["decoded", "canvas"]
    assert found.ports["augment", "images"][0].shape == (96, 96, 3)
    maps = found.ports["backbone", "features"]
    assert [shown.shape for shown in maps] == [(1, c, s, s) for c, s in ((16, 24), (32, 12), (64, 6), (96, 3))]
    assert all(shown.picture is not None and shown.picture.dtype == np.uint8 for shown in maps)
    assert [shown.what for shown in found.ports["head", "positions"]] == ["scores", "found"]
    assert found.loss["loss"] == pytest.approx(found.loss["class_loss"] + 5 * found.loss["box_loss"], rel=1e-5)
    assert set(found.gradients) == {"backbone", "neck", "head"}
    assert min(found.gradients.values()) > 0
    assert next(iter(found.labels)) in LABELS


def test_the_boxes_are_drawn_where_the_annotations_are(parts: Workspace, detector: Graph) -> None:
    life_size = detector.with_parameters({"data.width": 320, "data.height": 320})
    decoded, canvas = one(parts, life_size, augment=False).ports["data", "samples"]
    assert decoded.picture is not None
    assert canvas.picture is not None
    drawn = (decoded.picture.astype(int) - canvas.picture).__abs__().sum(2) > 120
    rows = parts.query("SELECT x, y, w, h FROM annotation WHERE item_id = ?", [find_item(parts, "part-0001")])
    inside = np.zeros_like(drawn)
    for x, y, w, h in rows:
        inside[int(y) - 4 : int(y + h) + 5, int(x) - 4 : int(x + w) + 5] = True
    assert rows
    assert drawn.any()
    assert not (drawn & ~inside).any()


def test_another_seed_is_another_roll_and_the_same_seed_the_same_picture(parts: Workspace, detector: Graph) -> None:
    first, again, other = (one(parts, detector, seed=seed).ports["augment", "images"][0] for seed in (1, 1, 2))
    assert np.array_equal(first.picture, again.picture)
    assert first.picture is not None
    assert other.picture is not None
    assert not np.array_equal(first.picture, other.picture)


def test_without_augmentation_the_network_sees_the_canvas_and_answers_alike_each_time(
    parts: Workspace, detector: Graph
) -> None:
    first, other = (one(parts, detector, seed=seed, augment=False) for seed in (1, 2))
    assert first.ports["augment", "images"][0].shape == (160, 160, 3)
    assert first.loss == other.loss


def test_several_items_come_together_each_with_its_own(parts: Workspace, detector: Graph) -> None:
    ids = [find_item(parts, name) for name in ("part-0001", "part-0002")]
    found = flow(parts, detector, ids)
    assert [one.item for one in found] == ids
    assert found[0].loss != found[1].loss


def test_an_image_without_its_label_flows_up_to_the_scores_and_there_is_no_loss(parts: Workspace) -> None:
    found = one(parts, RECIPES["classification-small"].graph("sort"))
    assert found.failure is None
    (scores,) = found.ports["head", "logits"]
    assert [bar.name for bar in scores.bars] == list(found.labels)
    assert sum(bar.share or 0 for bar in scores.bars) == pytest.approx(1)
    assert not any(bar.truth for bar in scores.bars)
    assert found.loss == {}


def test_the_label_of_an_image_is_marked_among_the_scores(parts: Workspace, detector: Graph) -> None:
    item = find_item(parts, "part-0001")
    with parts.transaction("Sort") as tx:
        tx.execute(
            "INSERT INTO annotation (id, item_id, label_id, kind, origin, tx) SELECT 999, ?, max(id), 'class', 'person', ? FROM label",
            [item, tx.id],
        )
    ((name,),) = parts.query("SELECT name FROM label ORDER BY id DESC LIMIT 1")
    found = one(parts, RECIPES["classification-small"].graph("sort"))
    (scores,) = found.ports["head", "logits"]
    assert [bar.name for bar in scores.bars if bar.truth] == [name]
    assert found.loss["loss"] > 0


def test_an_image_that_does_not_fit_is_named_at_the_data(parts: Workspace, detector: Graph) -> None:
    found = one(parts, detector.with_parameters({"data.resize": "none"}))
    assert found.failure is not None
    assert found.failure.node == "data"
    assert "320 × 320" in found.failure.message


def test_weights_of_another_drawing_are_refused_in_words(parts: Workspace, detector: Graph, tmp_path: Path) -> None:
    run = trained(tmp_path / "run", detector)
    wider = detector.with_parameters({"neck.width": 24})
    with pytest.raises(LinesideError, match="not those of “pcb” as it is drawn now"):
        one(parts, wider, model=run)


def test_trained_weights_are_taken_and_numbers_that_are_none_are_counted(
    parts: Workspace, detector: Graph, tmp_path: Path
) -> None:
    run = trained(tmp_path / "run", detector, broken="network.neck")
    found = one(parts, detector, model=run)
    assert found.weights == "trained"
    assert all(shown.wrong == 0 for shown in found.ports["backbone", "features"])
    assert any(shown.wrong for shown in found.ports["neck", "pyramid"])


def trained(folder: Path, graph: Graph, broken: str = "", labels: tuple[str, ...] = LABELS) -> ModelRow:
    """A run folder with fresh weights of a graph; those of the part `broken` are not numbers."""
    from datetime import UTC, datetime

    from engine.modeling.compile import compile_graph
    from engine.modeling.nets.anomaly import AnomalyHead
    from engine.serving.manifest import InputSpec, ModelManifest
    from engine.training.load import WEIGHTS, build_network, save_network

    folder.mkdir()
    (folder / "model.py").write_text(compile_graph(graph), "utf-8")
    ModelManifest("pcb", graph.task, labels, input=InputSpec(width=160, height=160)).save(folder)  # type: ignore[arg-type]
    network = build_network(folder)
    for part in network.modules():
        if isinstance(part, AnomalyHead):
            part.limit.fill_(4.0)
    for name, value in network.named_parameters():
        if broken and f"network.{name}".startswith(broken):
            value.data.fill_(float("nan"))
    save_network(network, folder / WEIGHTS)
    return ModelRow(1, "pcb", 1, folder.name, graph.task, 1, datetime.now(UTC), {}, {}, folder)


def test_items_are_found_by_id_and_name_and_lie_in_a_ring(parts: Workspace) -> None:
    first, last = find_item(parts, "part-0000"), find_item(parts, "part-0003")
    assert find_item(parts, str(last)) == last
    assert beside(parts, last, 1) == first
    assert beside(parts, first, -1) == last
    assert beside(parts, first, 1) == find_item(parts, "part-0001")
    with pytest.raises(LinesideError, match="no item “part-9”"):
        find_item(parts, "part-9")


def test_a_part_that_cannot_do_its_work_is_named_and_what_ran_before_is_shown(
    parts: Workspace, detector: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.modeling.nets.necks import FPN
    from engine.training import flow as asking
    from engine.training.flowing import flows

    def narrow(*_: object) -> None:
        raise RuntimeError("The size of tensor a (3) must match the size of tensor b (2)\nmore")

    monkeypatch.setattr(FPN, "forward", narrow)
    item, labels = asking._item(parts, find_item(parts, "part-0001")), asking._labels(parts, "detection")
    (found,) = flows(detector, [item], [], labels, None, 0, True)[0]["flows"]
    assert found["failure"] == {
        "node": "neck",
        "message": "The size of tensor a (3) must match the size of tensor b (2)",
    }
    assert {node for node, _, _ in found["ports"]} == {"data", "augment", "backbone"}


LITTLE = {"data.width": 160, "data.height": 160}


def test_a_segmentation_shows_what_each_pixel_is_and_would_be_on_the_image(parts: Workspace) -> None:
    graph = RECIPES["segmentation"].graph("areas").with_parameters({**LITTLE, "augment.crop": 96, "backbone.width": 16})
    found = one(parts, graph)
    assert found.failure is None
    (targets,) = found.ports["augment", "targets"]
    assert 0 < sum(bar.share or 0 for bar in targets.bars) < 1
    regions, sheet = found.ports["head", "classes"]
    assert (regions.what, sheet.what) == ("regions", "maps")
    assert regions.shape == (96, 96)
    assert {bar.name for bar in regions.bars} <= set(found.labels)
    assert found.loss["pixel_loss"] > 0
    assert set(found.gradients) == {"backbone", "head"}


def test_what_remembers_good_images_says_that_it_has_seen_none_and_shows_the_features(parts: Workspace) -> None:
    found = one(parts, RECIPES["anomaly"].graph("odd").with_parameters(LITTLE))
    assert found.failure is None
    assert found.waiting == "head"
    assert {node for node, _ in found.ports} == {"data", "augment", "backbone"}
    assert (found.loss, found.gradients) == ({}, {})


def test_a_trained_judge_shows_its_heat_and_how_far_the_image_is_from_normal(parts: Workspace, tmp_path: Path) -> None:
    graph = RECIPES["anomaly"].graph("pcb").with_parameters(LITTLE)
    found = one(parts, graph, model=trained(tmp_path / "run", graph, labels=("normal", "anomaly")))
    (heat,) = found.ports["head", "anomaly"]
    assert heat.what == "heat"
    assert heat.maximum is not None
    assert heat.text == f"{min(heat.maximum / 8, 1):.2f} 0.5"
    assert found.waiting == ""


def test_a_student_learns_from_a_good_image_and_a_mark_makes_it_none(parts: Workspace) -> None:
    graph = RECIPES["anomaly-student"].graph("odd").with_parameters(LITTLE)
    with parts.transaction("Clean") as tx:
        tx.execute("DELETE FROM annotation WHERE item_id = ?", [find_item(parts, "part-0002")])
    marked = one(parts, graph)
    clean = flow(parts, graph, [find_item(parts, "part-0002")])[0]
    assert [shown.ports["data", "samples"][1].text for shown in (marked, clean)] == ["anomaly", "normal"]
    assert clean.loss["loss"] > 0
    assert clean.gradients["head"] > 0
    assert clean.ports["head", "anomaly"][0].what == "heat"


def test_where_others_are_labelled_as_good_an_image_without_a_mark_is_not_known_to_be(parts: Workspace) -> None:
    from engine.labeling.schema import add_label

    first, second = (find_item(parts, f"part-000{n}") for n in (1, 2))
    add_label(parts, "good")
    with parts.transaction("Sort") as tx:
        tx.execute("DELETE FROM annotation WHERE item_id IN (?, ?)", [first, second])
        tx.execute(
            "INSERT INTO annotation (id, item_id, label_id, kind, origin, tx)"
            " SELECT 999, ?, id, 'class', 'person', ? FROM label WHERE name = 'good'",
            [second, tx.id],
        )
    graph = RECIPES["anomaly-student"].graph("odd").with_parameters(LITTLE)
    unknown, good = flow(parts, graph, [first, second])
    assert (unknown.is_known, good.is_known) == (False, True)
    assert unknown.loss == {}
    assert good.loss["loss"] > 0


def test_each_step_of_a_chain_shows_the_view_after_it_and_mixing_takes_other_images(parts: Workspace) -> None:
    graph = chained("augment.blur", "augment.mosaic")
    found, again = (one(parts, graph, seed=3) for _ in range(2))
    first, blurred, mixed, last = (
        found.ports[node, port][0].picture
        for node, port in (("data", "samples"), ("step1", "samples"), ("step2", "samples"), ("augment", "images"))
    )
    assert found.failure is None
    assert blurred is not None
    assert not np.array_equal(blurred, mixed)
    assert np.array_equal(mixed, again.ports["step2", "samples"][0].picture)
    assert first is not None
    assert last is not None
    still = one(parts, graph, seed=3, augment=False)
    assert np.array_equal(still.ports["step1", "samples"][0].picture, still.ports["step2", "samples"][0].picture)


def chained(*types: str) -> Graph:
    """A small detector whose image goes through more steps, each of which changes every image."""
    from engine.modeling.catalogue import component
    from engine.modeling.graph import Edge, Node

    graph = RECIPES["detection"].graph("pcb").with_parameters(SMALL)
    nodes, edges, before = list(graph.nodes), [edge for edge in graph.edges if edge.source != "data"], "data"
    for place, type_ in enumerate(types, 1):
        found = component(type_)
        assert found is not None
        nodes.insert(place, Node(f"step{place}", type_, found.version, found.defaults() | {"probability": 1.0}, (0, 0)))
        edges.append(Edge(before, "samples", f"step{place}", "samples"))
        before = f"step{place}"
    edges.append(Edge(before, "samples", "augment", "samples"))
    return Graph(graph.name, graph.task, nodes, edges)


def test_a_drawing_for_rows_of_a_table_is_refused_in_words(parts: Workspace) -> None:
    with pytest.raises(LinesideError, match="rows of a table"):
        flow(parts, RECIPES["table-fm"].graph("fm"), [1])


def test_own_code_may_fail_in_any_way_and_is_named(parts: Workspace, detector: Graph) -> None:
    text = Node("code", "code.text", 1, {"source": "TABLE = {}[3]\n"})
    with pytest.raises(LinesideError, match="cannot be run: KeyError: 3"):
        flow(parts, replace(detector, nodes=[*detector.nodes, text]), [1])
