from __future__ import annotations

import json

import pytest

from engine.serving.answers import Classification, Detection
from engine.serving.pipeline.document import pipeline_of, read_pipeline
from engine.serving.pipeline.settings import BadPipeline
from engine.serving.pipeline.verdicts import rule_of
from engine.serving.predictor import Prediction

BOARD = Prediction("pcb", 1, "detection", 200, 100, (
    Detection("short", 0.9, (10, 10, 30, 20)), Detection("short", 0.4, (100, 50, 110, 60)), Detection("open", 0.7, (0, 90, 10, 100)),
))  # fmt: skip
WHOLE = Prediction("cap", 1, "classification", 200, 100, classification=Classification("bad", 0.8, (0.2, 0.8)))


def holds(text, prediction=BOARD):
    return rule_of({"reject": [text]}).decide(prediction).verdict == "reject"


@pytest.mark.parametrize(
    "text",
    [
        'count(label="short", score>=0.5) > 0', "count() = 3", 'count(label!="short")==1', "score() >= 90%",
        'count(x<50%, y<50%) = 1', "area() = 400", "largest() >= 1%", "count(width>=10%) = 1", "count(height > 10) = 0",
        'count(label="short") = 2 and count(label="open") = 1', "count(left>=99,right<=110.5) = 1", "whole() = 0",
    ],
)  # fmt: skip
def test_a_condition_holds(text):
    assert holds(text)


def test_the_label_of_a_whole_image_is_an_object_that_covers_it():
    assert holds('whole(label="bad", score>0.75) = 1', WHOLE)
    assert holds('count(label="bad", area=100%) = 1', WHOLE)
    assert not holds('count(label="good") > 0', WHOLE)


def test_a_verdict_tells_its_figures():
    rule = rule_of({"reject": ['count(label="burr") > 0'], "unsure": ["score(score<0.5) > 0.3", "count() > 2"]})
    assert rule.decide(BOARD).reasons == ("score(score<0.5) > 0.3 (it is 0.4)", "count() > 2 (it is 3)")
    assert rule.decide(BOARD).verdict == "unsure"
    with pytest.raises(BadPipeline, match="label “burr”, which pcb never says; it says short, open"):
        rule.check_labels(["short", "open"], "pcb")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("__import__('os').system('id')", r"rule\.reject\[0\] cannot be read at “__import__"),
        ("count() > ", "at its end: there should be a number"), ("count( > 0", "there should be a filter"),
        ("count() > 0 or 1", "there should be the end, or “and”"), ('count(label>"a") > 0', "= or != for a label"),
        ("count(label=short) > 0", "a label in quotes"), ("size() > 0", "a measure"), ("count() > 0 and", "a measure"),
        ("count(score>0.5 label=1) > 0", "“,”"), ("", "a text of at most"), (3, "a text of at most"), ("a" * 501, "a text of at most"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_says_where(text, told):
    with pytest.raises(BadPipeline, match=told):
        rule_of({"reject": [text]})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"nme": 1}, "nme is not known"), ({"name": "Line 1"}, "name is 'Line 1'"), ({"name": None}, "name is"),
        ({"megabytes": True}, "megabytes is"), ({"megabytes": float("nan")}, "megabytes is"),
        ({"source": None}, "source is missing"), ({"source": {"kind": "ftp"}}, "source.kind is 'ftp'; it is one of"),
        ({"source": {"kind": "folder"}}, "source.folder is missing"),
        ({"source": {"kind": "folder", "foldr": "/a"}}, "source.foldr is not known"),
        ({"source": {"kind": "folder", "folder": "/srv/../etc"}}, "without “..”"),
        ({"source": {"kind": "folder", "folder": "/etc/ssl"}}, "belongs to the machine"),
        ({"source": {"kind": "folder", "folder": "in"}}, "a whole path"), ({"source": {"kind": "folder", "folder": "/"}}, "a whole path"),
        ({"source": {"kind": "folder", "folder": "/opt/lineside/in"}}, "belongs to the machine"),
        ({"source": {"kind": "folder", "folder": "/srv/a:b"}}, "without “..” and “:”"),
        ({"source": {"kind": "camera", "device": "/usr/x.mp4"}}, "source.device is “/usr/x.mp4”, which belongs"),
        ({"sinks": [{"kind": "csv", "name": "a", "file": "/srv/a.csv"}]}, "all of /srv"),
        ({"sinks": [{"kind": "csv", "name": "a", "file": "/var/lib/a.csv"}]}, "all of /var/lib"),
        ({"source": {"kind": "folder", "folder": "/srv/in\n"}}, "it is a text"),
        ({"source": {"kind": "folder", "folder": "/srv/in", "settle": "1"}}, "source.settle is '1'; it is a number"),
        ({"source": {"kind": "folder", "folder": "/srv/in", "settle": -1}}, "from 0 to 600"),
        ({"source": {"kind": "folder", "folder": "/srv/in", "after": "eat"}}, "one of move, delete, leave"),
        ({"rule": {}}, "rule has no condition"), ({"rule": {"reject": "count() > 0"}}, "is a list"), ({"rule": {"ok": []}}, "rule.ok is not known"),
        ({"sinks": []}, "sinks is a list of 1 to"), ({"sinks": ["csv"]}, r"sinks\[0\] is missing"),
        ({"sinks": [{"kind": "csv", "name": "a", "file": "/srv/a.csv"}] * 2}, "Two sinks are called “a”"),
        ({"sinks": [{"kind": "csv", "name": "../a", "file": "/srv/a.csv"}]}, "small letters"),
        ({"sinks": [{"kind": "csv", "name": "a", "file": "/srv/x/a.csv", "only": ["bad"]}]}, r"sinks\[0\]\.only\[0\] is 'bad'"),
        ({"sinks": [{"kind": "csv", "name": "a", "file": "/srv/a.csv", "keep": 1.5}]}, "a whole number"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_key(document, change, told):
    with pytest.raises(BadPipeline, match=told):
        pipeline_of(document(**change))


def test_a_document_is_the_same_however_it_is_written(document, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(document()))
    (tmp_path / "a.toml").write_text(
        'name = "line-1"\n[rule]\nunsure = ["score() > 0.5"]\nreject = [\'count(label="scratch", score>=0.6) > 0\']\n'
        f'[source]\nsettle = 0\nkind = "folder"\nfolder = "{tmp_path}/in"\n'
        f'[[sinks]]\nname = "table"\nkind = "csv"\nfile = "{tmp_path}/results.csv"\n'
        f'[[sinks]]\nname = "sorted"\nkind = "folder"\nfolder = "{tmp_path}/out"\nonly = ["reject", "unsure"]\n'
    )
    one, other = read_pipeline(tmp_path / "a.json"), read_pipeline(tmp_path / "a.toml")
    assert one == other
    assert one.content() == other.content()
    assert one.paths == [str(tmp_path)]


def test_a_file_that_is_no_document_is_named(tmp_path):
    (tmp_path / "a.toml").write_text("name = ")
    with pytest.raises(BadPipeline, match=r"a\.toml cannot be read"):
        read_pipeline(tmp_path / "a.toml")
    with pytest.raises(BadPipeline, match="cannot be read: No such file"):
        read_pipeline(tmp_path / "b.toml")
    (tmp_path / "c.json").write_bytes(b"[" * 100_000)
    with pytest.raises(BadPipeline, match="cannot be read"):
        read_pipeline(tmp_path / "c.json")
