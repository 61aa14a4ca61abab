"""The label schema on the command line: shown, written, previewed and applied."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_schema_is_written_changed_previewed_and_applied(run, parts, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    assert run("label", "schema", "export", file).code == 0
    content = json.loads(file.read_text())
    first = content["labels"][0]
    used = {d["name"]: d["annotations"] for d in run("label", "schema", "list", "--json").document}
    first |= {
        "was": first["name"],
        "name": "anything wrong",
        "merge": [entry["name"] for entry in content["labels"][1:]],
    }
    content["labels"] = [first]
    file.write_text(json.dumps(content))
    preview = run("label", "schema", "apply", file, "--preview", "--json").document
    assert not preview["applied"] and preview["labels_removed"] == len(used) - 1
    assert run("label", "schema", "list", "--json").document != []
    done = run("label", "schema", "apply", file, "--json").document
    assert done["annotations_changed"] == sum(used.values()) - used[first["was"]]
    (label,) = run("label", "schema", "list", "--json").document
    assert (label["name"], label["annotations"]) == ("anything wrong", sum(used.values()))
    assert "anything wrong" in run("label", "schema", "show").out


def test_what_needs_a_decision_is_asked_for_and_nothing_is_changed(run, parts, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text(json.dumps({"labels": [{"name": "new"}]}))
    refused = run("label", "schema", "apply", file)
    assert refused.code == 2 and "Choose what becomes of them" in refused.err
    assert "decide!" in run("label", "schema", "apply", file, "--preview").out
    assert run("label", "schema", "import", file).code == 0


def test_a_choice_for_nothing_is_refused_and_values_may_have_an_equals_sign(run, parts, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    first, *others = [d["name"] for d in run("label", "schema", "list", "--json").document]
    attribute = {"name": "a=b", "type": "choice", "values": ["x=1"], "required": True, "default": "x=1"}
    labels = [{"name": first, "attributes": [attribute]}, *({"name": name} for name in others)]
    file.write_text(json.dumps({"labels": labels}))
    refused = run("label", "schema", "apply", file, "--choose", "default:7:c=fill")
    assert refused.code == 2 and "nothing to choose for “default:7:c”" in refused.err
    (effect,) = run("label", "schema", "apply", file, "--preview", "--json").document["effects"]
    done = run("label", "schema", "apply", file, "--choose", f"{effect['key']}=fill", "--json").document
    assert effect["key"].endswith("a=b") and done["annotations_changed"] == effect["annotations"] > 0


def test_a_file_that_is_wrong_is_refused_in_a_sentence(run, parts, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    for content, words in (
        ("{", "cannot be read as JSON"),
        ('{"labels": [{"name": "a", "merge": 5}]}', "labels → 0 → merge"),
    ):
        file.write_text(content)
        refused = run("label", "schema", "apply", file)
        assert refused.code == 3 and words in refused.err
    refused = run("label", "schema", "add", "odd", "--shapes", "box, square")
    assert refused.code == 3 and "no kind of shape" in refused.err
