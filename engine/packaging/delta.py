"""From a blob that a target has to one that it needs: zstd with the old one as its prefix (`zstd --patch-from`).

Unchanged weights cost next to nothing because the model layer is stored (layers.py): a change of the network's head stays
where it is in the blob. Layers that gzip packed look different all over after a small change; for them the contents are
compared, and the blob is packed anew by zlib, which gives the same bytes only where zlib is the same: whoever has the
target's word for that (`gzip_fingerprint`) may ask for it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.agent.blobs import MOST_RATIO, repack
from engine.agent.zstd import window_log
from engine.errors import BadInput

LEVEL = 9  # found by measurement: what changed are weights, which no level packs much better
WORTH = 0.9  # a change that is not smaller than this share of the blob is not worth its work


@dataclass(frozen=True)
class Delta:
    """What turns the old blob into the new one."""

    packing: str  # "patch": of the blobs; "gzip-patch": of the contents of two gzip blobs
    content: bytes


def best_delta(old: Path, new: Path, *, same_gzip: bool = False) -> Delta | None:
    """The smaller of the ways from one blob to another, rebuilt and checked here; None where the whole blob is as good.

    Args:
        old: a blob that the target has.
        new: the blob that it needs.
        same_gzip: whether the target's zlib packs as this machine's does.

    Raises:
        BadInput: a blob cannot be read.
    """
    try:
        before, after = old.read_bytes(), new.read_bytes()
    except OSError as error:
        raise BadInput(
            f"The blob {error.filename} cannot be read ({error.strerror}); package the model again."
        ) from error
    if not before or not after:
        return None
    found = [Delta("patch", patch(before, after))]
    if same_gzip and len(found[0].content) > len(after) // 2 and _is_gzip(before) and _is_gzip(after):
        found += _gzip_delta(before, after)
    best = min(found, key=lambda delta: len(delta.content))
    if len(best.content) > WORTH * len(after):
        return None
    if rebuilt(before, best) != hashlib.sha256(after).hexdigest():
        raise BadInput(
            f"The change from {old.name[:12]} to {new.name[:12]} does not give the new blob; use the full one."
        )
    return best


def rebuilt(old: bytes, delta: Delta) -> str:
    """The sha256 (hex) of what a delta makes of the old blob."""
    if delta.packing == "patch":
        return hashlib.sha256(unpatch(old, delta.content)).hexdigest()
    packed = io.BytesIO()
    repack([unpatch(gzip.decompress(old), delta.content)], packed)
    return hashlib.sha256(packed.getvalue()).hexdigest()


def patch(old: bytes, new: bytes, level: int = LEVEL) -> bytes:
    """A zstd frame of `new` with `old` as its prefix, long-distance matching on.

    Source: RFC 8878; zstd's manual, ZSTD_CCtx_refPrefix. Not in python-zstandard's own interface, which prepares a prefix
    as a dictionary and so sees only its end; its bindings have it.
    """
    ffi, lib = _bindings()
    context = ffi.gc(lib.ZSTD_createCCtx(), lib.ZSTD_freeCCtx)
    for name, value in (
        (lib.ZSTD_c_compressionLevel, level),
        (lib.ZSTD_c_windowLog, window_log(max(len(old), len(new)))),
        (lib.ZSTD_c_enableLongDistanceMatching, 1),
        (lib.ZSTD_c_checksumFlag, 1),
    ):
        _check(lib.ZSTD_CCtx_setParameter(context, name, value))
    _check(lib.ZSTD_CCtx_refPrefix(context, ffi.from_buffer(old), len(old)))
    room = ffi.new("char[]", lib.ZSTD_compressBound(len(new)))
    size = _check(lib.ZSTD_compress2(context, room, len(room), ffi.from_buffer(new), len(new)))
    return bytes(ffi.buffer(room, size))


def unpatch(old: bytes, frame: bytes) -> bytes:
    """What `patch` was given as `new`.

    Raises:
        BadInput: the frame is damaged or made for another prefix.
    """
    ffi, lib = _bindings()
    context = ffi.gc(lib.ZSTD_createDCtx(), lib.ZSTD_freeDCtx)
    size = lib.ZSTD_getFrameContentSize(ffi.from_buffer(frame), len(frame))
    if size > 1 << 40:
        raise BadInput("The change is damaged; make it again.")
    _check(lib.ZSTD_DCtx_setParameter(context, lib.ZSTD_d_windowLogMax, window_log(max(len(old), size))))
    _check(lib.ZSTD_DCtx_refPrefix(context, ffi.from_buffer(old), len(old)))
    room = ffi.new("char[]", max(size, 1))
    _check(lib.ZSTD_decompressDCtx(context, room, size, ffi.from_buffer(frame), len(frame)))
    return bytes(ffi.buffer(room, size))


def _gzip_delta(before: bytes, after: bytes) -> Iterator[Delta]:
    old, new = gzip.decompress(before), gzip.decompress(after)
    packed = io.BytesIO()
    repack([new], packed)
    if packed.getvalue() == after and len(new) <= MOST_RATIO * len(after):
        yield Delta("gzip-patch", patch(old, new, level=19))


def _is_gzip(blob: bytes) -> bool:
    return blob[:3] == b"\x1f\x8b\x08"


def _bindings() -> tuple[Any, Any]:
    from zstandard import _cffi  # type: ignore[attr-defined]

    return _cffi.ffi, _cffi.lib


def _check(code: int) -> int:
    ffi, lib = _bindings()
    if lib.ZSTD_isError(code):
        raise BadInput(f"The change is damaged ({ffi.string(lib.ZSTD_getErrorName(code)).decode()}); make it again.")
    return int(code)
