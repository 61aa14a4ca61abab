"""Undoes zstd with a prefix (what `zstd --patch-from` makes) by the box's libzstd."""

from __future__ import annotations

import ctypes
import functools
import mmap
from collections.abc import Iterable, Iterator
from typing import Any

from engine.agent.errors import Refused

LIBRARY = "libzstd.so.1"
_WINDOW_LOG_MAX = 100  # ZSTD_d_windowLogMax of zstd.h


class _Buffer(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("at", ctypes.c_size_t))


@functools.cache
def _zstd() -> Any:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise Refused(f"This box has no {LIBRARY}, so changes cannot be applied; bring the full bundle.") from error
    library.ZSTD_createDCtx.restype = ctypes.c_void_p
    for name in ("ZSTD_decompressStream", "ZSTD_DCtx_refPrefix", "ZSTD_DCtx_setParameter", "ZSTD_DStreamOutSize"):
        getattr(library, name).restype = ctypes.c_size_t
    library.ZSTD_getErrorName.restype = ctypes.c_char_p
    return library


def check() -> None:
    """Raises:
    Refused: this box cannot undo changes.
    """
    _zstd()


def window_log(size: int) -> int:
    """The window that a patch between blobs of at most this size is made with."""
    return max(10, min(31, size.bit_length()))


def patched(frames: Iterable[bytes], prefix: mmap.mmap, window: int) -> Iterator[bytes]:
    """The content that a patch makes out of `prefix`, in parts.

    Args:
        frames: the patch, in parts.
        prefix: the old content, mapped with ACCESS_COPY.
        window: logarithm of the largest window that is accepted; a frame that asks for more memory is refused.

    Raises:
        Refused: it is damaged, or not made for this prefix.
    """
    library = _zstd()
    context = ctypes.c_void_p(library.ZSTD_createDCtx())
    try:
        _check(library.ZSTD_DCtx_setParameter(context, _WINDOW_LOG_MAX, ctypes.c_int(window)))
        old = (ctypes.c_char * len(prefix)).from_buffer(prefix)
        _check(library.ZSTD_DCtx_refPrefix(context, old, ctypes.c_size_t(len(prefix))))
        room = ctypes.create_string_buffer(library.ZSTD_DStreamOutSize())
        left = 1
        for frame in frames:
            held = ctypes.create_string_buffer(frame, len(frame))
            source = _Buffer(ctypes.addressof(held), len(frame), 0)
            full = False
            while source.at < source.size or full:
                target = _Buffer(ctypes.addressof(room), len(room), 0)
                left = _check(library.ZSTD_decompressStream(context, ctypes.byref(target), ctypes.byref(source)))
                full = target.at == target.size
                if target.at:
                    yield room.raw[: target.at]
                if left == 0:
                    full = False
                    if source.at < source.size:
                        raise Refused("The change on the stick has more than it should; write the bundle again.")
        if left:
            raise Refused("The change on the stick ends too early; write the bundle again.")
    finally:
        library.ZSTD_freeDCtx(context)


def _check(code: int) -> int:
    library = _zstd()
    if library.ZSTD_isError(ctypes.c_size_t(code)):
        reason = library.ZSTD_getErrorName(ctypes.c_size_t(code)).decode()
        raise Refused(f"The change on the stick cannot be undone ({reason}); write the bundle again, or a full one.")
    return int(code)
