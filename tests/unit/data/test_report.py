"""The dataset report: one page without anything from outside, figures that can be taken out, drift told by numbers."""

from __future__ import annotations

import ast
import base64
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.imports import import_data
from engine.data.report import drift, page, pictures, svg
from engine.data.report.report import make_report, submit_report
from engine.data.report.words import Words
from engine.data.sample import make_sample
from engine.labeling import schema
from engine.workspace import Workspace

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = "<script>alert(1)</script>\"onload=x 中文 & ' ="


class Seen(HTMLParser):
    """Tags, links and the words between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.links, self.words = list[str](), list[tuple[str, str]](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        values = dict(attrs)
        assert not any(name.startswith("on") for name in values)
        for name in ("href", "src"):
            if name in values:
                self.links.append((values.get("download") or "", values[name] or ""))

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("report") / "sample", 16)


@pytest.fixture
def ws(workspace: Workspace, sample: Path) -> Workspace:
    import_data(workspace, sample)
    return workspace


def test_the_report_is_one_page_without_scripts_and_without_anything_from_outside(ws, tmp_path):
    numbers = make_report(ws, tmp_path / "report.html")
    seen = Seen((tmp_path / "report.html").read_text("utf-8"))
    assert "script" not in seen.tags and numbers["items"] == 16 and numbers["quality"]["measured"] == 16
    assert all(link.startswith(("#", "data:")) for _, link in seen.links)


def test_each_figure_is_saved_as_a_drawing_and_as_numbers(ws, tmp_path):
    make_report(ws, tmp_path / "report.html")
    seen = Seen((tmp_path / "report.html").read_text("utf-8"))
    files = {name: link for name, link in seen.links if name}
    assert {"labels.svg", "labels.csv", "places.csv", "sharpness.svg"} <= set(files)
    csv = base64.b64decode(files["labels.csv"].partition(",")[2]).decode("utf-8-sig")
    assert csv.splitlines()[0] == "label,annotations,items"
    drawing = base64.b64decode(files["labels.svg"].partition(",")[2]).decode()
    assert drawing.startswith("<svg xmlns=") and drawing.endswith("</svg>")


def test_hostile_names_are_words_and_nothing_else(workspace, sample, tmp_path):
    folder = shutil.copytree(sample.parent, tmp_path / "copy")
    import_data(workspace, folder)
    schema.add_label(workspace, HOSTILE)
    with workspace.transaction("x") as tx:
        tx.execute("UPDATE item SET name = ?, split = 'train' WHERE id = 1", [HOSTILE + ".png"])
        tx.execute("UPDATE label SET color = ? WHERE name = ?", ['"><script>', HOSTILE])
        tx.execute(
            "UPDATE annotation SET label_id = (SELECT id FROM label WHERE name = ?) WHERE item_id < 4", [HOSTILE]
        )
    make_report(workspace, tmp_path / "report.html")
    seen = Seen((tmp_path / "report.html").read_text("utf-8"))
    assert "script" not in seen.tags and any(" ".join(HOSTILE.split()) in word for word in seen.words)


def test_an_empty_workspace_has_a_report_too(workspace, tmp_path):
    assert make_report(workspace, tmp_path / "report.html")["items"] == 0


def test_a_file_that_is_gone_is_named_and_does_not_end_the_report(ws, tmp_path):
    digest = ws.query("SELECT digest FROM item WHERE id = 3")[0][0]
    ws.media.path(digest).unlink()
    assert make_report(ws, tmp_path / "report.html")["quality"]["unreadable"] == 1


def test_the_report_speaks_chinese(ws, tmp_path):
    make_report(ws, tmp_path / "report.html", "zh_CN", most=2)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert 'lang="zh"' in text and "数据集报告" in text and "Labels" not in "".join(Seen(text).words)


def test_all_words_of_reports_have_a_translation():
    known = Words("zh")._known
    missing = set()
    for file in [*(ROOT / "engine/data/report").glob("*.py"), ROOT / "engine/labeling/gauge_report.py"]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "words" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    missing |= {first.value} - set(known)
    assert not missing


def test_the_report_is_made_in_a_process_of_its_own(ws):
    from engine.jobs import wait

    job = submit_report(ws, "en", 4)
    assert wait(ws, job).state == "done"
    assert "<svg" in Path(job.result()["report"]).read_text("utf-8")


def test_equal_samples_have_no_drift_and_shifted_ones_do():
    rng = np.random.default_rng(0)
    before = rng.normal(100, 10, 2000)
    assert drift.of_numbers("x", before, rng.normal(100, 10, 2000)).verdict == "none"
    moved = drift.of_numbers("x", before, rng.normal(130, 10, 2000))
    assert moved.verdict == "strong" and moved.ks > 0.8 and moved.before < moved.after


def test_psi_of_a_worked_example():
    # 10/20/40/20/10 against 20/20/20/20/20 by hand: 0.1 ln 2 + 0.2 ln 2 + 0.1 ln 2
    assert drift.psi([10, 20, 40, 20, 10], [20, 20, 20, 20, 20]) == pytest.approx(0.4 * np.log(2))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=8), st.lists(st.integers(0, 50), min_size=2, max_size=8))
def test_psi_is_never_negative_and_symmetric(a, b):
    length = min(len(a), len(b))
    assert drift.psi(a[:length], b[:length]) == pytest.approx(drift.psi(b[:length], a[:length]))
    assert drift.psi(a[:length], b[:length]) >= 0 and drift.psi(a, a) == 0


def test_a_constant_column_that_changes_is_drift():
    assert drift.of_numbers("width", [320] * 50, [640] * 50).verdict == "strong"
    assert drift.of_numbers("width", [320] * 50, [320] * 9).verdict == "none"


def test_a_blurred_picture_is_less_sharp_and_a_copy_is_found(tmp_path):
    import cv2

    rng = np.random.default_rng(0)
    sharp = cv2.resize(rng.integers(0, 255, (8, 9), np.uint8), (360, 320), interpolation=cv2.INTER_NEAREST)
    files = []
    for name, picture in (("a", sharp), ("b", cv2.GaussianBlur(sharp, (0, 0), 2)), ("c", cv2.flip(sharp, 1))):
        path = tmp_path / f"{name}.png"
        cv2.imwrite(str(path), picture)
        files.append((len(files) + 1, str(path), 0))
    found, failed = pictures.measure([*files, (9, str(tmp_path / "none.png"), 0)], lambda _: None)
    assert found[0].sharpness > 3 * found[1].sharpness and list(failed) == [9]
    assert pictures.near_equal(found) == [[1, 2]]


@settings(deadline=None)
@given(st.text(max_size=30), st.floats(0, 1e9), st.text(max_size=10))
def test_bars_are_well_formed_whatever_they_are_called(name, value, color):
    from xml.etree import ElementTree

    clean = "".join(letter for letter in name if letter.isprintable())
    ElementTree.fromstring(svg.bars(clean, [(clean, value, color)]))


def test_a_formula_in_a_name_is_disarmed_for_spreadsheets():
    assert page.csv_text(["a"], [["=1+1"], ["-5"], ["x"]]).splitlines() == ["a", "'=1+1", "-5", "x"]


def test_control_characters_of_names_do_not_get_into_a_drawing():
    assert "\x00" not in svg.bars("a", [("a\x00b", 1, "")])
