"""What a sweep tries: read from lines, refused with words that help."""

from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.modeling.check import check
from engine.modeling.recipes import RECIPES
from engine.training.sweeps.space import (
    Choice,
    Range,
    configured,
    drawn_values,
    offers,
    parse_space,
    space_from_json,
)

GRAPH = RECIPES["detection"].graph("pcb")


def test_ranges_and_choices_are_read_with_the_types_of_their_parameters() -> None:
    space = parse_space(
        GRAPH,
        ["optimiser.rate=0.0005..0.05 log", "backbone.width=16,32,64", "train.batch=4..16", "data.width=96..320",
         "loss.box_weight=1e0..1e1", "augment.flip_vertical=true,false"],
    )  # fmt: skip
    assert space == (
        Range("optimiser.rate", 0.0005, 0.05, log=True),
        Choice("backbone.width", (16, 32, 64)),
        Range("train.batch", 4, 16, whole=True, step=1),
        Range("data.width", 96, 320, whole=True, step=32),
        Range("loss.box_weight", 1.0, 10.0),
        Choice("augment.flip_vertical", (True, False)),
    )
    assert space_from_json([part.to_json() for part in space]) == space


def test_a_key_alone_takes_what_the_catalogue_allows() -> None:
    rate, width, schedule, std = parse_space(
        GRAPH, ["optimiser.rate", "backbone.width", "optimiser.schedule", "data.std"]
    )
    assert rate == Range("optimiser.rate", 0.0008, 0.08, log=True)
    assert width == Range("backbone.width", 16, 64, whole=True, step=8)
    courses = ("cosine", "linear", "steps", "poly", "exponential", "flat", "restarts", "plateau", "constant")
    assert schedule == Choice("optimiser.schedule", courses)
    assert isinstance(std, Range)
    assert std.low > 0  # which is not allowed itself


@pytest.mark.parametrize("recipe", RECIPES)
def test_everything_on_offer_can_be_tried(recipe: str) -> None:
    graph = RECIPES[recipe].graph("model")
    found = offers(graph)
    learns = {"optimiser.rate"} if any(node.id == "optimiser" for node in graph.nodes) else set()
    whole = {"backbone"} if any(node.id == "backbone" for node in graph.nodes) else set()
    size = {"data.width"} if graph.task != "tabular" else set()
    steps = {"train.batch"} if recipe != "table-lightgbm" else set()  # trees take all rows at once
    assert learns | whole | size | steps <= set(found)
    # Of a number that is 0 nobody knows how far it should reach; trees end early from the start.
    assert ("train.patience" in found) == (recipe == "table-lightgbm")
    for key, text in found.items():
        for part in parse_space(graph, [f"{key}={text}"]):
            ends = (part.low, part.high) if isinstance(part, Range) else part.values
            for end in ends:
                tried = configured(graph, {key: part.rounded(end)})
                assert [issue for issue in check(tried) if issue.severity == "error"] == [], (key, end)


def test_another_type_keeps_the_parameters_that_it_takes_too() -> None:
    graph = GRAPH.with_parameters({"optimiser.rate": 0.01, "optimiser.schedule": "linear", "backbone.width": 16})
    tried = configured(graph, {"optimiser": "optimiser.sgd", "backbone": "backbone.vit"})
    assert tried.node("optimiser").type == "optimiser.sgd"
    assert tried.node("optimiser").parameters["schedule"] == "linear"
    assert tried.node("optimiser").parameters["rate"] == 0.01
    assert tried.node("optimiser").parameters["momentum"] == 0.9
    assert tried.node("backbone").parameters["width"] == 192  # 16 is not a width of a vision transformer


def test_the_drawn_values_are_known_when_the_space_has_them() -> None:
    space = parse_space(GRAPH, ["backbone=backbone.resnet,backbone.small", "backbone.layers=18,34", "optimiser.rate"])
    assert drawn_values(GRAPH, space) == {"backbone": "backbone.small", "optimiser.rate": 0.008}
    assert drawn_values(GRAPH, parse_space(GRAPH, ["optimiser.rate=0.1..0.2"])) is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("optimiser.rate=0.5..3", "less than or equal to 1"),
        ("optimiser.rat=1..3", "it has rate, weight_decay"),
        ("opt.rate=1..3", "it has data, augment, backbone"),
        ("backbone.width=5,8", "multiple of 8"),
        ("backbone=backbone.foo", "there are backbone.small, backbone.efficientnet_lite0"),
        ("backbone=neck.fpn", "does not fit in the place of “backbone”"),
        ("optimiser.rate=0.1..0.01", "the smaller value comes first"),
        ("optimiser.schedule=a..b", "write a list as in a,b,c"),
        ("loss.box_weight=0..1 log", "begins above 0"),
        ("optimiser.rate=fast", "valid number"),
        ("optimiser.rate=0.1..0.2 lin", "is no range"),
        ("=1", "no node “”"),
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_refused_with_what_can(line: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_space(GRAPH, [line])


def test_a_value_must_fit_every_type_that_takes_it() -> None:
    lines = ["backbone=backbone.small,backbone.vit", "backbone.width=16,32"]
    with pytest.raises(UsageError, match=r"multiple of 48.*backbone\.vit"):
        parse_space(GRAPH, lines)


def test_a_key_stands_in_one_line_and_there_is_one() -> None:
    with pytest.raises(UsageError, match="named twice"):
        parse_space(GRAPH, ["train.batch=4,8", "train.batch=16"])
    with pytest.raises(UsageError, match="needs values to try"):
        parse_space(GRAPH, [])
