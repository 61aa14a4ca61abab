"""Data, versions and labels by command, on real files and on bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest


def _one_sentence(text: str) -> bool:
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


def test_init_makes_a_workspace_once(run, tmp_path: Path) -> None:
    made = run("init", tmp_path / "w", "--name", "线边", "--json")
    assert (made.code, made.document["name"]) == (0, "线边")
    again = run("init", tmp_path / "w")
    assert again.code == 4
    assert "workspace already" in again.err
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    assert run("init", tmp_path / "full").code == 4


def test_import_tells_what_came_and_what_not(run, parts: Path, shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    good = next((shared_data / "deeppcb" / "images").glob("*.jpg"))
    (folder / "good.jpg").write_bytes(good.read_bytes())
    (folder / "cut.jpg").write_bytes(good.read_bytes()[:2000])
    (folder / "empty.png").touch()
    told = run("data", "import", folder, "--json")
    assert told.code == 0
    assert told.document["imported"] == 1
    assert {Path(problem["path"]).name for problem in told.document["problems"]} == {"cut.jpg", "empty.png"}
    assert all(problem["reason"] for problem in told.document["problems"])
    again = run("data", "import", folder, "--json")
    assert again.document["imported"] == 0


def test_importing_nothing_but_broken_files_ends_with_3(run, parts: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jpg").write_bytes(b"\xff\xd8\xff not an image")
    told = run("data", "import", tmp_path / "bad")
    assert told.code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["data", "import", "/nowhere/at/all"], 3),
        (["data", "import", ".", "--format", "nonsense"], 2),
        (["data", "query", "DELETE FROM item"], 2),
        (["data", "query", "SELECT * FROM nothing"], 2),
        (["version", "create", " "], 2),
        (["version", "create", "v", "--split", "half"], 2),
        (["version", "create", "v", "--where", "no_such_column = 1"], 2),
        (["version", "show", "nothing"], 2),
        (["version", "diff", "nothing", "nothing"], 2),
        (["data", "export", "out", "--format", "nonsense"], 2),
        (["data", "export", "out", "--format", "coco", "--version", "nothing"], 2),
        (["label", "schema", "rename", "nothing", "x"], 2),
        (["label", "schema", "add", "dent"], 2),
        (["label", "schema", "color", "dent", "red"], 3),
        (["label", "schema", "remove", "dent"], 2),
        (["model", "new", "m", "--recipe", "nothing"], 2),
        (["model", "new", "a/b", "--recipe", "detection"], 2),
        (["model", "check", "nothing"], 2),
        (["model", "show", "nothing"], 2),
        (["train", "nothing", "--version", "v"], 2),
        (["jobs", "show", "nothing"], 2),
        (["jobs", "logs", "nothing"], 2),
        (["evaluate", "nothing", "--version", "v"], 2),
        (["export", "nothing"], 2),
        (["quantize", "nothing"], 2),
        (["package", "nothing"], 2),
        (["artifact", "save", "nothing", "x.tar"], 2),
        (["target", "add", "t", "gopher://x"], 2),
        (["target", "add", "t", "process://local", "--option", "novalue"], 2),
        (["target", "probe", "nothing"], 2),
        (["target", "remove", "nothing"], 2),
        (["deploy", "nothing", "nowhere"], 2),
        (["deploy", "nothing", "nowhere", "--canary", "10"], 2),
        (["release", "list", "--target", "nothing"], 2),
        (["release", "status", "nothing"], 2),
        (["release", "rollback", "nothing"], 2),
        (["release", "promote", "nothing"], 2),
        (["predict", "nothing", "x.png"], 2),
    ],
)
def test_bad_input_ends_with_its_code_and_one_sentence(run, parts: Path, arguments: list[str], code: int) -> None:
    plain = run(*arguments)
    assert plain.code == code, plain.err
    assert plain.out == ""
    assert _one_sentence(plain.err), plain.err
    told = run(*arguments, "--json")
    assert told.document["exit_code"] == code


def test_listing_counting_and_asking(run, parts: Path) -> None:
    listed = run("data", "list", "--json").document
    assert listed["count"] == 12
    assert {"id", "name", "width", "annotations", "labels"} <= set(listed["items"][0])
    dents = run("data", "list", "--label", "dent", "--json").document
    assert 0 < dents["count"] < 12
    assert all("dent" in item["labels"] for item in dents["items"])
    assert run("data", "list", "--text", "0003", "--json").document["count"] == 1
    assert run("data", "list", "--unlabelled", "--json").document["count"] == listed["count"] - sum(
        bool(item["labels"]) for item in listed["items"]
    )
    stats = run("data", "stats", "--json").document
    asked = run("data", "query", "SELECT label, count(*) AS n FROM annotations GROUP BY label", "--json").document
    assert asked["columns"] == ["label", "n"]
    assert dict(asked["rows"]) == {name: count for name, count in stats["labels"].items() if count}
    assert "… 11 more" in run("data", "list", "--limit", 1).out


def test_versions_are_made_listed_shown_and_compared(run, parts: Path) -> None:
    made = run("version", "create", "first", "--split", "50/25/25", "--json").document
    assert sum(made["splits"].values()) == made["items"] == 12
    assert run("version", "create", "first", "--split", "50/25/25", "--json").document["digest"] == made["digest"]
    assert run("version", "create", "first", "--split", "40/40/20").code == 2
    assert run("version", "show", "first", "--json").document["digest"] == made["digest"]
    run("label", "schema", "rename", "dent", "ding")
    run("version", "create", "second", "--split", "50/25/25")
    assert [version["name"] for version in run("version", "list", "--json").document] == ["second", "first"]
    assert run("version", "diff", "first", "second", "--json").document["labels"] == {
        "added": ["ding"],
        "removed": ["dent"],
    }
    assert run("version", "diff", "first", "first").out.strip() == "first and first are the same."


@pytest.mark.parametrize("format", ["coco", "yolo", "voc"])
def test_an_export_can_be_imported_again(run, parts: Path, tmp_path: Path, format: str) -> None:
    out = tmp_path / "out"
    before = run("data", "stats", "--json").document
    told = run("data", "export", out, "--format", format, "--json")
    assert (told.code, told.document["written"]) == (0, 12)
    assert run("data", "export", out, "--format", format).code == 3
    assert run("init", tmp_path / "again").code == 0
    assert run("-w", tmp_path / "again", "data", "import", out).code == 0
    after = run("-w", tmp_path / "again", "data", "stats", "--json").document
    assert after["annotations"] == before["annotations"]
    assert {k: v for k, v in after["labels"].items() if v} == {k: v for k, v in before["labels"].items() if v}


def test_labels_are_added_renamed_coloured_and_removed(run, parts: Path) -> None:
    assert run("label", "schema", "add", "毛刺", "--color", "#112233", "--json").document["color"] == "#112233"
    assert run("label", "schema", "add", "fine", "--parent", "毛刺").code == 0
    assert run("label", "schema", "rename", "毛刺", "burr", "--json").document["name"] == "burr"
    assert run("label", "schema", "color", "burr", "#445566", "--json").document["color"] == "#445566"
    by_name = {label["name"]: label for label in run("label", "schema", "list", "--json").document}
    assert by_name["fine"]["parent"] == "burr"
    assert run("label", "schema", "remove", "burr").code == 0
    kept = by_name["dent"]["annotations"] + by_name["stain"]["annotations"]
    assert run("label", "schema", "remove", "dent", "--move-to", "stain").code == 0
    after = {label["name"]: label["annotations"] for label in run("label", "schema", "list", "--json").document}
    assert after["stain"] == kept
    assert "dent" not in after
    removed = run("label", "schema", "remove", "stain", "--with-annotations", "--json").document
    assert removed["annotations_removed"] == kept


def test_graphs_are_made_checked_shown_and_coded(run, parts: Path, tmp_path: Path) -> None:
    assert run("model", "new", "pcb", "--recipe", "detection").code == 0
    assert run("model", "new", "pcb", "--recipe", "detection").code == 2
    assert run("model", "check", "pcb", "--json").document["ok"] is True
    told = run("model", "check", "pcb", "--figures", "--json").document["figures"]
    assert told["parameters"] == sum(part["parameters"] for part in told["nodes"].values()) > 1_000_000
    assert run("model", "list", "--json").document == {"graphs": ["pcb"], "models": []}
    assert run("model", "show", "pcb", "--json").document["nodes"]
    out = tmp_path / "model.py"
    assert run("model", "code", "pcb", "-o", out).code == 0
    assert out.read_text() == run("model", "code", "pcb", "--json").document["code"]
    compile(out.read_text(), "model.py", "exec")
    out.write_text(out.read_text().replace("steps=3000", "steps=77"))
    assert run("model", "from-code", "pcb", out).code == 0
    nodes = {node["id"]: node for node in run("model", "show", "pcb", "--json").document["nodes"]}
    assert nodes["train"]["parameters"]["steps"] == 77
    out.write_text("print(")
    assert run("model", "from-code", "pcb", out).code == 3
    assert run("model", "from-code", "pcb", "nowhere.py").code == 3


def test_targets_are_added_probed_and_removed(run, parts: Path) -> None:
    assert run("target", "add", "here", "process://local").code == 0
    assert run("target", "add", "here", "process://local").code == 2
    assert run("target", "probe", "here", "--json").document["platform"].startswith("linux/")
    assert run("target", "list", "--json").document[0]["probe"]["cores"] > 0
    assert run("release", "status", "here", "--json").document["releases"] == []
    assert run("release", "list", "--json").document == []
    assert run("predict", "here", "x.png").code == 5
    assert run("target", "remove", "here").code == 0
    assert run("target", "list", "--json").document == []


def test_doctor_looks_at_this_machine(run) -> None:
    told = run("doctor", "--json")
    assert told.code in (0, 1)
    assert told.document["ok"] == (told.code == 0)
    assert {"Python", "Chinese font", "CUDA", "Artifact kit", "Keyring", "Fast INT8"} <= {
        check["name"] for check in told.document["checks"]
    }
    assert all(check["fix"] for check in told.document["checks"] if check["state"] == "missing")
    assert "Program" in run("doctor").out
