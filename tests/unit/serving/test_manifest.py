from __future__ import annotations

from pathlib import Path

import pytest

from engine.serving.errors import BadManifest
from engine.serving.manifest import ModelManifest


def test_a_manifest_comes_back_from_its_file_as_it_was(manifest, tmp_path: Path) -> None:
    written = manifest(version_digest="sha256:aa", metrics={"map50": 0.9})
    written.save(tmp_path)
    assert ModelManifest.load(tmp_path) == written


def test_keys_of_a_later_program_survive(manifest) -> None:
    assert manifest(graph={"nodes": []}).to_json()["graph"] == {"nodes": []}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"task": "magic"}, "magic"),
        ({"labels": []}, "labels"),
        ({"labels": None}, "model.json"),
        ({"schema": 9}, "schema 9"),
        ({"input": {"width": 0}}, "width"),
        ({"input": {"width": "wide"}}, "wide"),
        ({"preprocess": {"mean": [1, 2]}}, "mean"),
        ({"preprocess": {"resize": "crop"}}, "crop"),
        ({"task": "keypoints"}, "skeletons"),
        ({"skeletons": [{"points": ["a"]}]}, "skeletons"),
        ({"task": "keypoints", "labels": ["clip"], "skeletons": [{"points": ["a"], "edges": [[0, 3]]}]}, "points"),
        ({"task": "keypoints", "labels": ["clip"], "skeletons": [{}]}, "points"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_key_that_is_wrong(manifest, changes, words: str) -> None:
    with pytest.raises(BadManifest, match=words):
        manifest(**changes)


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match=r"model\.json"):
        ModelManifest.load(tmp_path)
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(BadManifest, match="valid JSON"):
        ModelManifest.load(tmp_path)
