"""Label Studio JSON: tasks with annotations in percent, as its own export writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine.data.exporters.base import Dump, Files, Losses, json_file, text_file
from engine.data.importers.base import LabelSpec
from engine.data.studio import config as studio
from engine.data.studio.regions import Writer


class LabelStudioExporter:
    """`tasks.json` and the labelling configuration beside the images."""

    name = "label_studio"

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the files; see `Exporter`."""
        joints = _joints(dump)
        xml = _config(dump, joints)
        writer = Writer(dump.labels, joints, studio.read(xml), losses)
        tasks = []
        for number, item in enumerate(dump.items, 1):
            files.put(item, item.name)
            data: dict[str, Any] = item.metadata | {"image": f"/data/local-files/?d={quote(item.name)}"}
            data |= {"split": item.split} if item.split else {}
            data |= {"group": item.group} if item.group is not None else {}
            results = writer.results(item.annotations, item.width, item.height)
            tasks.append(
                {"id": number, "data": data, "annotations": [{"id": number, "result": results}] if results else []}
            )
        json_file(out / "tasks.json", tasks)
        text_file(out / "labeling_config.xml", xml)


def _joints(dump: Dump) -> dict[int, list[str]]:
    """Names of the key points of each label: those of the schema, numbers for further ones."""
    found = {ident: list(map(str, details.get("keypoints") or ())) for ident, details in dump.details.items()}
    for item in dump.items:
        for one in item.annotations:
            if one.kind == "keypoints":
                known = found.setdefault(one.label_id, [])
                known += [str(place + 1) for place in range(len(known), sum(map(len, one.points)) // 3)]
    return found


def _config(dump: Dump, joints: dict[int, list[str]]) -> str:
    kinds: dict[str, set[str]] = {}
    words: list[str] = []
    for item in dump.items:
        for one in item.annotations:
            rings = one.kind == "polygon" and len(one.points) > 1
            kinds.setdefault(dump.labels[one.label_id], set()).update(("mask",) if rings else (one.kind,))
            words += [word for _, word in one.relations if word]
    specs = [
        LabelSpec(name, None, dump.colors.get(ident), {"keypoints": joints[ident]} if joints.get(ident) else {},
                  [dict(each) for each in dump.attributes.get(ident, ())])
        for ident, name in dump.labels.items()
    ]  # fmt: skip
    for spec in specs:
        if spec.details:
            kinds.setdefault(spec.name, set()).add("keypoints")
    return studio.make(specs, kinds, words)
