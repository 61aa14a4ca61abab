"""The values of an image in their full range, and how they are shown: window, gamma, channel, brightness, contrast, CLAHE.

Nothing here changes data: training and serving read files through `engine.serving.images`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import Image

Values = npt.NDArray[Any]  # (H, W, C) uint8, uint16, int32 or float32; C is 1 or 3
Window = tuple[float, float]

MAX_PIXELS = 256_000_000  # as engine.serving.images
BINS = 256
SAMPLE = 2_000_000  # values that a histogram or an automatic window looks at


@dataclass(frozen=True)
class Adjustment:
    """How values become brightness; all defaults show them as they are.

    Attributes:
        window: the values that are shown black and white; None: the picture's own window.
        gamma: above 1 brightens the dark parts.
        brightness, contrast: -100 … 100.
        channel: the one that is shown, from 0; -1: all.
        clahe: the clip limit of CLAHE (Zuiderveld, Graphics Gems IV, 1994); 0: off.
    """

    window: Window | None = None
    gamma: float = 1.0
    brightness: int = 0
    contrast: int = 0
    channel: int = -1
    clahe: float = 0.0

    @property
    def plain(self) -> bool:
        """Whether nothing is adjusted."""
        return self == Adjustment()

    def with_(self, **values: Any) -> Adjustment:
        """A copy with some fields replaced."""
        return replace(self, **values)

    def to_json(self) -> str:
        """As the settings keep it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Adjustment:
        """From the settings; what is damaged is the default."""
        try:
            found = json.loads(text)
            window = found.get("window")
            low, high = (float(window[0]), float(window[1])) if window else (0.0, 0.0)
            return cls(
                (low, high) if window and np.isfinite([low, high]).all() and high > low else None,
                _between(found.get("gamma", 1.0), 0.1, 10.0),
                int(_between(found.get("brightness", 0), -100, 100)),
                int(_between(found.get("contrast", 0), -100, 100)),
                int(_between(found.get("channel", -1), -1, 2)),
                _between(found.get("clahe", 0.0), 0.0, 20.0),
            )
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError):
            return cls()


def read(path: Path, page: int = 0, max_pixels: int = MAX_PIXELS) -> Values:
    """The values of an image, upright: 8 bits as `engine.serving.images.decode` gives them, more bits unchanged.

    Raises:
        engine.serving.errors.BadImage: it cannot be decoded.
    """
    from PIL import Image

    from engine.serving.errors import BadImage
    from engine.serving.images import FORMATS, check_size, decode

    try:
        with Image.open(path, formats=FORMATS) as image:
            if page:
                image.seek(page)
            if bits_of(image) <= 8:
                return decode(path, page, max_pixels=max_pixels)
            check_size(image.width, image.height, max_pixels)
            return _deep(path, page, image)
    except (OSError, SyntaxError, ValueError, EOFError):
        return decode(path, page, max_pixels=max_pixels)  # it says what is wrong
    except MemoryError as error:
        raise BadImage("The image needs more memory than there is.") from error


def bits_of(image: Image.Image) -> int:
    """Bits of one value of an open image, from its header."""
    if image.format == "TIFF":
        found = image.tag_v2.get(258, (8,))  # type: ignore[attr-defined]
        return max(int(bit) for bit in (found if isinstance(found, tuple) else (found,)))
    if image.format == "PNG":
        raw = [
            entry.args if isinstance(entry.args, str) else (entry.args or [""])[0]
            for entry in getattr(image, "tile", [])
        ]
        return 16 if any("16" in str(mode) for mode in raw) or image.mode.startswith("I") else 8
    return 16 if image.mode.startswith("I") else 32 if image.mode == "F" else 8


def natural_window(values: Values) -> Window:
    """What is black and white by itself: 0 … 255 for 8 bits; for more, all but the darkest and brightest thousandth."""
    if values.dtype == np.uint8:
        return 0.0, 255.0
    sample = _sample(values)
    if not sample.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(sample, [0.1, 99.9]))
    if not high > low:
        low, high = extent(values)
    return low, high if high > low else low + 1.0


def extent(values: Values) -> Window:
    """The lowest and highest value there can be (whole numbers) or is (floats)."""
    if values.dtype in (np.uint8, np.uint16):
        return 0.0, float(np.iinfo(values.dtype).max)
    sample = _sample(values)
    if not sample.size:
        return 0.0, 1.0
    low, high = float(sample.min()), float(sample.max())
    return low, high if high > low else low + 1.0


def histogram(values: Values, bounds: Window) -> npt.NDArray[np.int64]:
    """How often values occur between two bounds: (channels, 256)."""
    step = _step(values)
    return np.stack(
        [
            np.histogram(np.nan_to_num(values[::step, ::step, channel]), BINS, bounds)[0]
            for channel in range(values.shape[2])
        ]
    )


def shown(values: Values, adjustment: Adjustment, window: Window) -> npt.NDArray[np.uint8]:
    """Values as brightness: (H, W, C) or (H, W, 1) uint8; without CLAHE, which needs the whole image (`equalised`).

    Args:
        values: a part of an image.
        adjustment: how to show them.
        window: the picture's own window, for an adjustment that has none.
    """
    if 0 <= adjustment.channel < values.shape[2]:
        values = values[:, :, adjustment.channel : adjustment.channel + 1]
    low, high = adjustment.window or window
    high = max(high, np.nextafter(low, np.inf))  # a window of no width is a threshold
    tone = (adjustment.gamma, adjustment.brightness, adjustment.contrast)
    if values.dtype in (np.uint8, np.uint16):
        return np.asarray(_table(str(values.dtype), low, high, *tone)[values], np.uint8)
    shares = np.clip((np.nan_to_num(values.astype(np.float32)) - low) / (high - low), 0.0, 1.0)
    curve = _curve(*tone)
    return np.asarray(curve[(shares * (len(curve) - 1)).astype(np.uint16)], np.uint8)


def equalised(pixels: npt.NDArray[np.uint8], clip: float) -> npt.NDArray[np.uint8]:
    """CLAHE in 8 × 8 fields; of colours only the lightness."""
    import cv2

    clahe = cv2.createCLAHE(clip, (8, 8))
    if pixels.shape[2] == 1:
        return np.asarray(clahe.apply(pixels[:, :, 0]), np.uint8)[:, :, None]
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = clahe.apply(lab[:, :, 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def halved(values: Values) -> Values:
    """Half the size, each value the mean of four; a last odd row or column counts alone."""
    if values.dtype == np.uint8:  # Pillow is loaded anyway, OpenCV is large
        from PIL import Image

        small = np.asarray(Image.fromarray(values[:, :, 0] if values.shape[2] == 1 else values).reduce(2))
        return small.reshape(*small.shape[:2], -1)
    import cv2

    height, width = values.shape[:2]
    source = values.astype(np.float32) if values.dtype == np.int32 else values
    resized = cv2.resize(source, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(resized.reshape((height + 1) // 2, (width + 1) // 2, -1), values.dtype)


@lru_cache(maxsize=16)
def _table(dtype: str, low: float, high: float, gamma: float, brightness: int, contrast: int) -> Values:
    top = int(np.iinfo(dtype).max)
    shares = np.clip((np.arange(top + 1) - low) / (high - low), 0.0, 1.0)
    curve = _curve(gamma, brightness, contrast)
    return np.asarray(curve[np.round(shares * (len(curve) - 1)).astype(np.intp)])


@lru_cache(maxsize=16)
def _curve(gamma: float, brightness: int, contrast: int) -> npt.NDArray[np.uint8]:
    """Brightness by share of the window, in 4,096 steps: gamma, then contrast around the middle, then brightness."""
    shares = np.linspace(0.0, 1.0, 4096) ** (1.0 / gamma)
    slope = (100 + contrast) / 100 if contrast <= 0 else 1 / (1.01 - contrast / 100)
    shares = (shares - 0.5) * slope + 0.5 + brightness / 100
    return np.asarray(np.round(np.clip(shares, 0.0, 1.0) * 255), np.uint8)


def _deep(path: Path, page: int, image: Image.Image) -> Values:
    """More than 8 bits: OpenCV keeps colours of 16 bits and floats as they are, which Pillow does not."""
    import cv2

    from engine.serving.errors import BadImage

    found: Any = None
    try:
        done, pages = cv2.imreadmulti(str(path), start=page, count=1, flags=cv2.IMREAD_UNCHANGED)
        found = pages[0] if done and len(pages) else None
    except cv2.error:
        found = None
    if found is None:  # a kind that OpenCV does not know
        found = np.asarray(image)
    elif found.ndim == 3:
        found = found[:, :, :1] if found.shape[2] == 2 else found[:, :, [2, 1, 0]]
    values = upright(found if found.ndim == 3 else found[:, :, None], int(image.getexif().get(0x0112, 1) or 1))
    if values.dtype.kind not in "uif":
        raise BadImage(f"Its values are of a kind that is not read ({values.dtype}).")
    if values.dtype in (np.uint8, np.uint16, np.float32):
        return np.ascontiguousarray(values)
    return np.ascontiguousarray(values.astype(np.float32))


def upright(values: Values, orientation: int) -> Values:
    """Turned as EXIF says (1 … 8)."""
    if orientation in (2, 4, 5, 7):
        values = values[:, ::-1]
    return np.rot90(values, {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0))


def _between(value: Any, low: float, high: float) -> float:
    number = float(value)
    if not np.isfinite(number):
        raise ValueError("not a number")
    return min(max(number, low), high)


def _step(values: Values) -> int:
    return max(1, int(np.sqrt(values.shape[0] * values.shape[1] / SAMPLE)))


def _sample(values: Values) -> Values:
    step = _step(values)
    sample = values[::step, ::step]
    return sample[np.isfinite(sample)] if sample.dtype.kind == "f" and not np.isfinite(sample).all() else sample
