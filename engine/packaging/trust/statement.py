"""Where an artifact comes from, signed: an in-toto statement v1 with SLSA provenance v1, in a DSSE envelope."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from engine.agent.errors import Refused
from engine.agent.trust import check_envelope
from engine.errors import BadInput
from engine.packaging.image import LABEL
from engine.packaging.oci import Layout

if TYPE_CHECKING:
    from securesystemslib.signer import Signer
    from tuf.api.metadata import Root

TYPE = "application/vnd.in-toto+json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD = "https://lineside.io/package/v1"
_SHA256 = re.compile(r"(sha256:)?([0-9a-f]{64})")


def attach_statement(layout: Layout, digest: str, signer: Signer, builder: str) -> None:
    """Sign where an image comes from and attach that to it; the same key signs the same bytes.

    Args:
        builder: version of the program.
    """
    from securesystemslib.dsse import Envelope

    payload = json.dumps(make_statement(layout, digest, builder), ensure_ascii=False, sort_keys=True).encode()
    envelope = Envelope(payload, TYPE, {})
    envelope.sign(signer)
    content = json.dumps(envelope.to_dict(), sort_keys=True).encode()
    layout.attach(digest, content, TYPE, ENVELOPE, {"in-toto.io/predicate-type": PREDICATE})


def make_statement(layout: Layout, digest: str, builder: str) -> dict[str, Any]:
    """The statement about an image or an index: its digest, and its lineage as far as its labels tell it."""
    labels: dict[str, str] = layout.read_json(digest).get("annotations", {})
    told = {key.removeprefix(LABEL): value for key, value in labels.items() if key.startswith(LABEL)}
    name = labels.get("org.opencontainers.image.title", "model")
    number = labels.get("org.opencontainers.image.version", "")
    return {
        "_type": STATEMENT,
        "subject": [{"name": f"{name}:{number}" if number else name, "digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD,
                "externalParameters": {
                    "model": name, "number": number, "run": told.get("run", ""), "precision": told.get("precision", ""),
                    "task": told.get("task", ""),
                },
                "internalParameters": {"metrics": _metrics(told.get("metrics", ""))},
                "resolvedDependencies": [
                    _dependency(what, told[key])
                    for what, key in (("dataset version", "version-digest"), ("graph", "graph-digest"), ("kit", "kit"))
                    if told.get(key)
                ],
            },
            "runDetails": {"builder": {"id": "https://lineside.io/workbench", "version": {"lineside": builder}}},
        },
    }  # fmt: skip


def read_statement(layout: Layout, digest: str, root: Root) -> dict[str, Any]:
    """The newest statement about an image that the root's keys have signed.

    Raises:
        Refused: there is none, or none of theirs.
    """
    refused: Refused | None = None
    for envelope in reversed(layout.attached(digest, TYPE)):
        try:
            return _about(check_envelope(envelope, TYPE, root, f"The statement about {digest[:19]}"), digest)
        except Refused as error:
            refused = refused or error
    raise refused or Refused(f"{digest[:19]} carries no signature; sign it: lineside trust sign")


def _about(payload: bytes, digest: str) -> dict[str, Any]:
    try:
        statement: dict[str, Any] = json.loads(payload)
        subjects = [one["digest"]["sha256"] for one in statement["subject"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"The statement about {digest[:19]} cannot be read ({error}); sign it again.") from error
    if digest.removeprefix("sha256:") not in subjects:
        raise Refused(
            f"The statement attached to {digest[:19]} is about another image; sign it again: lineside trust sign"
        )
    return statement


def _dependency(what: str, value: str) -> dict[str, Any]:
    found = _SHA256.fullmatch(value)
    return {"name": what, **({"digest": {"sha256": found[2]}} if found else {"annotations": {"value": value}})}


def _metrics(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return {}
