"""What acts beside a training, by which figure it is judged and what is exported: drawn, compiled, read back, checked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.modeling.catalogue import catalogue
from engine.modeling.check import check, mend
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Edge, Graph, Node, chain
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from tests.round_trip import read_back

AROUND = [found for found in catalogue().values() if found.section in ("callback", "metric", "export")]


def with_nodes(graph: Graph, *types: str, edges: tuple[str, ...] = ()) -> Graph:
    """The drawing with those components, each called as its type without the group."""
    graph.nodes += [Node(type_.partition(".")[2], type_, 1, catalogue()[type_].defaults()) for type_ in types]
    graph.edges += chain(list(edges))
    return graph


def detector(*types: str, edges: tuple[str, ...] = ()) -> Graph:
    return with_nodes(RECIPES["detection"].graph("pcb"), *types, edges=edges)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_is_put_around_a_training_is_read_back_as_it_was(data: st.DataObject) -> None:
    graph = RECIPES[data.draw(st.sampled_from(list(RECIPES)))].graph("model")
    fitting = [found for found in AROUND if graph.task in found.tasks]
    chosen = data.draw(st.lists(st.sampled_from(fitting), unique=True, max_size=6))
    ports = {port.name for port in catalogue()[graph.node("train").type].inputs}
    taken: set[str] = set()
    for number, found in enumerate(chosen):
        graph.nodes.append(Node(f"part{number}", found.type, 1, found.defaults()))
    for number, found in enumerate(chosen):
        wired = data.draw(st.booleans())
        if found.section == "export":
            graph.edges.append(Edge("train", "model", f"part{number}", "model"))
        elif found.section == "metric" and wired:
            free = [name for name in ("metrics", "best") if name in ports - taken]
            for port in free[: data.draw(st.integers(0, 2))]:
                graph.edges.append(Edge(f"part{number}", "metric", "train", port))
                taken |= {port} & {"best"}
        elif found.section == "callback" and wired and "callbacks" in ports and found.alone not in taken:
            taken |= {found.alone} - {""}
            graph.edges.append(Edge(f"part{number}", "callbacks", "train", "callbacks"))
            judge = next((n for n, one in enumerate(chosen) if found.inputs and one.section == "metric"), None)
            if judge is not None:
                graph.edges.append(Edge(f"part{judge}", "metric", f"part{number}", "metric"))
    graph.nodes = data.draw(st.permutations(graph.nodes))
    assert [issue for issue in check(graph) if issue.severity == "error"] == []
    read_back(graph)


def test_the_code_names_what_is_connected_and_a_change_there_rewires_the_drawing() -> None:
    graph = detector(
        "metric.map", "metric.f1", "callback.early_stop", "callback.average",
        edges=("map.metric -> train.best", "f1.metric -> early_stop.metric", "early_stop.callbacks -> train.callbacks",
               "average.callbacks -> train.callbacks"),
    )  # fmt: skip
    code = compile_graph(graph)
    assert "EARLY_STOP = EarlyStop(metric=F1, patience=3, margin=0.0)" in code
    assert "callbacks=(EARLY_STOP, AVERAGE), best=MAP," in code
    changed = code.replace("(EARLY_STOP, AVERAGE), best=MAP", "(AVERAGE,), best=F1, metrics=(MAP,)")
    back = from_code(changed, graph)
    assert back.lost == []
    assert {(edge.source, edge.input) for edge in back.graph.edges if edge.target == "train"} == {
        ("loss", "loss"), ("optimiser", "optimiser"), ("average", "callbacks"), ("f1", "best"), ("map", "metrics"),
    }  # fmt: skip
    assert [str(issue).partition(":")[0] for issue in check(back.graph)] == ["early_stop"]  # is not connected any more


def test_what_the_code_connects_and_the_drawing_cannot_is_named() -> None:
    code = compile_graph(detector()).replace("Training(", "Training(best=NOBODY, ")
    assert any("NOBODY" in text for text in from_code(code).not_expressible)


@pytest.mark.parametrize("recipe", ["classification-small", "segmentation", "table-lightgbm", "anomaly-student"])
def test_a_figure_of_another_task_is_refused_at_its_node_and_those_of_the_task_are_offered(recipe: str) -> None:
    graph = with_nodes(RECIPES[recipe].graph("m"), "metric.map", edges=("map.metric -> train.metrics",))
    (issue,) = [issue for issue in check(graph) if issue.severity == "error"]
    assert (issue.node, issue.message.zh) == ("map", f"目标 mAP不适用于{graph.task}任务。")
    for fix in issue.fixes:
        after = fix.apply(graph)
        assert graph.task in catalogue()[after.node("map").type].tasks
        assert check(after) == []


def test_two_averages_a_parameter_that_does_not_count_and_one_that_is_connected_with_nothing_are_told() -> None:
    graph = detector(
        "callback.average", "callback.equal_average", "callback.early_stop", "metric.f1",
        edges=("average.callbacks -> train.callbacks", "equal_average.callbacks -> train.callbacks",
               "early_stop.callbacks -> train.callbacks"),
    ).with_parameters({"train.patience": 5, "train.average": 0.9})  # fmt: skip
    found = {(issue.severity, issue.node, issue.place): issue for issue in check(graph)}
    assert set(found) == {
        ("error", "train", "callbacks"), ("warning", "train", "patience"), ("warning", "train", "average"),
        ("warning", "f1", ""),
    }  # fmt: skip
    assert "early_stop is connected and says it" in found["warning", "train", "patience"].message.en
    for issue in found.values():
        assert issue.fixes
        for fix in issue.fixes:
            left = {(one.severity, one.node, one.place) for one in check(fix.apply(graph))}
            assert (issue.severity, issue.node, issue.place) not in left or issue.place == "average", fix.title.en
    free = detector("callback.early_stop", edges=("early_stop.callbacks -> train.callbacks",))
    assert check(free) == []  # at rest the parameters are not in its way
    assert mend(graph)[0].node("train").parameters["patience"] == 5  # a person decides which of the two is meant


def test_a_name_that_the_code_needs_is_given_away() -> None:
    graph = detector("metric.f1", edges=("f1.metric -> train.metrics",))
    graph.node("f1").id = "task"
    graph.edges[-1] = Edge("task", "metric", "train", "metrics")
    mended, _ = mend(graph)
    assert check(mended) == []
    assert mended.node("task_1").type == "metric.f1"


def test_open_ends_need_nothing_and_one_figure_alone_decides() -> None:
    assert check(detector()) == []
    graph = detector("metric.map", "metric.f1", edges=("map.metric -> train.best", "f1.metric -> train.best"))
    (issue,) = check(graph)
    assert (issue.node, issue.place, len(issue.fixes)) == ("train", "best", 2)
