"""Label Studio's brush masks: the RGBA picture of a mask in a run-length code of its own, as bytes in a JSON list.

The code is that of thi.ng/rle-pack: 32 bits number of values, 5 bits word size − 1, four times 4 bits run size − 1; then
for each run one bit (repeated or not), two bits that choose the run size, the length − 1, and the value or values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIZES = (3, 4, 8, 16)


def decode(data: list[int], height: int, width: int) -> NDArray[np.bool_]:
    """The mask (height, width): where the picture is not transparent.

    Raises:
        ValueError: the bytes are damaged or made for another size.
    """
    import numpy as np

    bits = int.from_bytes(bytes(data), "big")
    left = 8 * len(data)
    text = f"{bits:0{left}b}" if left else ""
    position = 0

    def read(count: int) -> int:
        nonlocal position
        if position + count > left:
            raise ValueError("its brush ends too early")
        position += count
        return int(text[position - count : position], 2)

    total, word = read(32), read(5) + 1
    sizes = [read(4) + 1 for _ in range(4)]
    if total != height * width * 4:
        raise ValueError("its brush is made for another size of image")
    values = np.zeros(total, np.uint8)
    place = 0
    while place < total:
        repeated = read(1)
        length = read(sizes[read(2)]) + 1
        end = min(place + length, total)
        if repeated:
            values[place:end] = read(word) & 0xFF
        else:
            values[place:end] = [read(word) & 0xFF for _ in range(end - place)]
        place = end
    return values.reshape(height, width, 4)[..., 3] > 0


def encode(mask: NDArray[np.bool_]) -> list[int]:
    """The bytes of a mask (H, W)."""
    import numpy as np

    flat = np.repeat(np.asarray(mask, bool).ravel(), 4)
    edges = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1, [len(flat)]])
    parts = [f"{len(flat):032b}", f"{7:05b}", *(f"{size - 1:04b}" for size in _SIZES)]
    starts: list[Any] = edges[:-1].tolist()
    for start, end in zip(starts, edges[1:].tolist(), strict=True):
        value = 255 if flat[start] else 0
        remaining = end - start
        while remaining:
            length = min(remaining, 1 << 16)
            choice = next(index for index, size in enumerate(_SIZES) if length <= 1 << size)
            parts.append(f"1{choice:02b}{length - 1:0{_SIZES[choice]}b}{value:08b}")
            remaining -= length
    text = "".join(parts)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8, "big"))
