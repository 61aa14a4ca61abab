"""What is attached to the images of a layout (signatures, bills of materials), and everything that one artifact is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.packaging.foreign import Descriptor, Document, read_descriptor, read_document
from engine.packaging.oci import Layout


@dataclass(frozen=True)
class Node:
    """A manifest or an index of a layout with its bytes, and whether it is attached to another."""

    descriptor: Descriptor
    content: bytes = field(repr=False)
    document: Document
    attached: bool = False


def referrers(layout: Layout, digest: str) -> list[Descriptor]:
    """What is attached to an image or an index."""
    return [read_descriptor(entry) for entry in layout.referrers(digest)]


def keep_referrer(layout: Layout, referrer: Descriptor) -> None:
    """Let the layout's index name something attached whose blobs lie in it."""
    layout.keep_attached({**referrer.to_json(), "artifactType": referrer.artifact_type or "unknown"})


def tree(layout: Layout, digest: str) -> list[Node]:
    """All manifests of an artifact in the order in which they are pushed: images, their index, what is attached.

    Raises:
        BadInput: one is missing or damaged.
    """
    top = _node(layout, digest)
    images = [_node(layout, part.digest) for part in top.document.parts] if top.document.index else []
    nodes = [*images, top]
    for node in tuple(nodes):
        nodes += [_node(layout, one.digest, one) for one in referrers(layout, node.descriptor.digest)]
    return nodes


def _node(layout: Layout, digest: str, named: Descriptor | None = None) -> Node:
    content = layout.read(digest)
    document = read_document(content, where=str(layout.root))
    made = Descriptor(digest, len(content), document.media_type)
    return Node(named or made, content, document, named is not None)
