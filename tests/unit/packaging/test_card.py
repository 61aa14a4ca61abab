"""The card of a model: what it tells, what it names as not measured, and that it is one safe file."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.evaluation.costs import Costs, save_costs
from engine.evaluation.expectations import Expectations
from engine.packaging.card.card import make_card, write_html
from engine.packaging.card.notes import Notes, read_notes, save_notes
from engine.training.models import get_model
from engine.workspace import Workspace
from tests.evaluated import evaluate_anomaly, make_evaluated, strained

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    with Workspace.open(make_evaluated(tmp_path_factory.mktemp("card"))) as workspace:
        evaluate_anomaly(workspace, 3)
        strained(workspace.path, 2)
        yield workspace


class Seen(HTMLParser):
    """Tags, and everything that refers to somewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.events: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href") and value]
        self.events += [name for name, _ in attrs if name.startswith("on")]


def sections(card) -> dict:
    return {section.id: section for section in card.sections}


def test_a_card_tells_what_was_measured_and_names_what_was_not(ws) -> None:
    wanted = Expectations.model_validate({"at_least": {"map50": 0.5}, "holds": {"blur": 3}})
    found = sections(make_card(ws, "parts:2", expected=wanted, by=["width > 10"]))
    assert {"identity", "figures", "money", "confusion", "curves", "calibration", "mistakes", "groups", "robustness",
            "worst", "data", "expectations"} <= set(found)  # fmt: skip
    figures = {row[0]: row for row in found["figures"].tables[0].rows}
    low, high = (float(part) for part in figures["mAP@.5"][2].split(" – "))
    assert low < float(figures["mAP@.5"][1]) < high
    assert [row[0][0] for row in found["expectations"].tables[0].rows] == ["met", "not met"]
    assert found["groups"].tables[1].rows[0][:2] == ("true", 16)
    missing = dict(found["missing"].tables[0].rows)
    assert {"Intended use", "Speed and quantisation", "Packaged artifact", "Training curve"} <= set(missing)
    assert missing["Packaged artifact"] == "lineside package parts:2"
    assert "Robustness" not in missing


def test_a_model_that_was_not_evaluated_has_a_card_that_says_so(ws) -> None:
    card = make_card(ws, "parts:1", split="val")
    assert "figures" not in sections(card)
    assert dict(sections(card)["missing"].tables[0].rows)["Evaluation"].startswith("lineside evaluate parts:1")
    assert ("Evaluation", "none") in card.cards


def test_a_card_is_one_file_without_scripts_whatever_is_in_it(ws, tmp_path) -> None:
    model = get_model(ws, "parts:2")
    save_notes(model, Notes(intended=HOSTILE, limits="三号线"))
    save_costs(ws, model, Costs(currency="<b>¥"))
    write_html(make_card(ws, "parts:2"), tmp_path / "card.html")
    text = (tmp_path / "card.html").read_text("utf-8")
    seen = Seen()
    seen.feed(text)
    assert not seen.tags & {"script", "b>¥", "iframe", "object", "link"}
    assert seen.events == []
    assert all(link.startswith(("#", "data:")) for link in seen.links)
    assert any(link.startswith("data:image/jpeg") for link in seen.links)  # the worst mistakes
    assert "&lt;script&gt;alert(1)" in text
    assert "三号线" in text
    assert "default-src 'none'" in text


def test_a_card_speaks_chinese(ws) -> None:
    card = make_card(ws, "odd:1", language="zh_CN")
    assert card.title == "模型卡：odd:1"
    assert [name for name, _ in card.cards][:3] == ["任务", "图像 AUROC", "漏检（占不良图像）"]
    missing = [row[0] for row in sections(card)["missing"].tables[0].rows]
    assert "稳健性" in missing
    assert not [name for name in missing if name.isascii() and name not in ("ROC", "INT8", "OpenVINO")]


def test_every_word_of_a_card_has_its_chinese(ws) -> None:
    folder = Path(__file__).resolve().parents[3] / "engine"
    known = {
        **json.loads((folder / "packaging/card/zh.json").read_text("utf-8")),
        **json.loads((folder / "data/report/zh.json").read_text("utf-8")),
    }
    source = "".join(path.read_text("utf-8") for path in (folder / "packaging/card").glob("*.py"))
    said = set(re.findall(r'(?:words|lacks)\(\s*"((?:[^"\\]|\\.)+)"', source))
    assert len(said) > 80
    assert said - set(known) - {"ROC", "INT8", "OpenVINO"} == set()


def test_no_drawing_of_a_card_changes_the_look_of_another(ws) -> None:
    """Styles of drawings that lie in one page hold for all of them: a class may mean one thing only."""
    styles: dict[str, set[str]] = {}
    for section in make_card(ws, "parts:2").sections:
        for figure in section.figures:
            for style in re.findall(r"<style>(.*?)</style>", figure.svg):
                for names, rules in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
                    styles.setdefault(names, set()).add(rules)
    assert len(styles) > 10
    assert [names for names, rules in styles.items() if len(rules) > 1] == []


def test_notes_are_kept_with_the_model_and_damage_is_named(ws) -> None:
    model = get_model(ws, "parts:1")
    assert read_notes(model) == Notes()
    save_notes(model, Notes(intended="a"))
    assert read_notes(model).intended == "a"
    (model.folder / "card.json").write_text("[")
    with pytest.raises(BadInput, match="delete it"):
        read_notes(model)
    (model.folder / "card.json").unlink()
