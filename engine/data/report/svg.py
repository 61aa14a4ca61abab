"""Plots as SVG text: bars, columns, grids, dots. They stand alone as files and follow the colours of a page they lie in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape as _escape

WIDTH = 640
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 12, 40
STYLE = (
    "text{font:12px system-ui,'Noto Sans','Noto Sans CJK SC','Microsoft YaHei',sans-serif;fill:var(--text,#1d2129)}"
    ".q{fill:var(--quiet,#5b6472)}.g{stroke:var(--line,#dfe3e8);stroke-width:1}"
    ".a{fill:var(--accent,#1f6feb)}.b{fill:var(--second,#c2410c)}.c{fill:var(--third,#0f766e)}"
    ".la,.lb,.lc{fill:none;stroke-width:2;stroke-linejoin:round}.la{stroke:var(--accent,#1f6feb)}"
    ".lb{stroke:var(--second,#c2410c)}.lc{stroke:var(--third,#0f766e)}"
)
SERIES = ("a", "b", "c")


@dataclass
class Drawing:
    """Shapes collected into one SVG of a size in px."""

    width: float = WIDTH
    height: float = 240
    title: str = ""
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, anchor: str = "start", kind: str = "", room: float = 0) -> None:
        """Words; longer ones than `room` px are cut, and told in full when pointed at."""
        shown = shortened(text, room) if room else text
        tip = f"<title>{escape(text)}</title>" if shown != text else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(shown)}{tip}</text>'
        )

    def rect(self, x: float, y: float, w: float, h: float, kind: str = "a", tip: str = "", fill: str = "", opacity: float = 1) -> None:  # fmt: skip
        """A filled rectangle with words for who points at it; `fill` is a colour "#rrggbb"."""
        color = f' style="fill:{fill}"' if is_color(fill) else ""
        told = f"<title>{escape(tip)}</title>" if tip else ""
        see = f' fill-opacity="{opacity:.3f}"' if opacity < 1 else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, w):.1f}" height="{max(0.0, h):.1f}" class="{kind}"{color}{see}>'
            f"{told}</rect>"
        )

    def line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """A thin line."""
        self.parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" class="g"/>')

    def dot(self, x: float, y: float, radius: float = 2, kind: str = "a", tip: str = "") -> None:
        """A filled circle."""
        told = f"<title>{escape(tip)}</title>" if tip else ""
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="{kind}" fill-opacity="0.55">{told}</circle>'
        )

    def svg(self) -> str:
        """The whole, usable in a page and as a file."""
        name = escape(self.title, quote=True)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:.0f} {self.height:.0f}" role="img"'
            f' aria-label="{name}"><style>{STYLE}</style>{"".join(self.parts)}</svg>'
        )


def bars(title: str, entries: Sequence[tuple[str, float, str]], number: Callable[[float], str] | None = None) -> str:
    """Horizontal bars (name, value, colour or ""), each with its number."""
    said = number or whole
    drawing = Drawing(height=24 * max(1, len(entries)) + 16, title=title)
    top = max((value for _, value, _ in entries), default=0) or 1
    room = drawing.width - 250
    for row, (name, value, color) in enumerate(entries):
        y = 8 + 24 * row
        drawing.text(168, y + 15, name, "end", room=160)
        drawing.rect(
            176, y + 3, max(1.5 if value else 0, room * value / top), 16, tip=f"{name}: {said(value)}", fill=color
        )
        drawing.text(184 + room * value / top, y + 15, said(value), kind="q")
    return drawing.svg()


def columns(
    title: str,
    edges: Sequence[float],
    series: Sequence[tuple[str, Sequence[float]]],
    axis: str = "",
    number: Callable[[float], str] | None = None,
    log: bool = False,
) -> str:
    """Histograms over the same edges (N + 1), one or several beside each other; `log`: edges lie on a logarithmic axis."""
    said = number or short
    drawing = Drawing(height=260 + (20 if len(series) > 1 else 0), title=title)
    bottom, right = 260 - BOTTOM, drawing.width - RIGHT
    top = max((value for _, values in series for value in values), default=0) or 1
    _scale(drawing, top, bottom, right)
    place = _axis(edges, LEFT, right, log)
    for index, (name, values) in enumerate(series):
        for value, low, high in zip(values, edges[:-1], edges[1:], strict=True):
            wide = (place(high) - place(low)) / len(series)
            x, h = place(low) + wide * index, (bottom - TOP) * value / top
            label = f"{name} " if name else ""
            drawing.rect(x + 0.5, bottom - h, max(0.6, wide - 1), h, SERIES[index % 3], f"{label}{said(low)} – {said(high)}: {whole(value)}")  # fmt: skip
    shown = edges[:: max(1, math.ceil(len(edges) / 8))]
    for edge in shown:
        drawing.text(place(edge), bottom + 16, said(edge), "middle", "q")
    drawing.text(LEFT + (right - LEFT) / 2, bottom + 33, axis, "middle", "q")
    _legend(drawing, [name for name, _ in series], 270)
    return drawing.svg()


def stacked(title: str, rows: Sequence[str], names: Sequence[str], values: Sequence[Sequence[float]]) -> str:
    """One bar of 100 % for each row, divided by `names`."""
    drawing = Drawing(height=24 * max(1, len(rows)) + 44, title=title)
    room = drawing.width - 200
    for row, (name, parts) in enumerate(zip(rows, values, strict=True)):
        y, x, total = 8 + 24 * row, 176.0, sum(parts) or 1
        drawing.text(168, y + 15, name, "end", room=160)
        for index, (part, value) in enumerate(zip(names, parts, strict=True)):
            wide = room * value / total
            drawing.rect(x, y + 3, wide, 16, SERIES[index % 3], f"{name}, {part}: {whole(value)} ({value / total:.0%})", opacity=1 - 0.35 * (index // 3))  # fmt: skip
            x += wide
    _legend(drawing, names, 24 * len(rows) + 26, always=True)
    return drawing.svg()


def grid(
    title: str,
    values: Sequence[Sequence[float]],
    rows: Sequence[str] = (),
    names: Sequence[str] = (),
    ratio: float = 1.0,
    numbers: bool = False,
) -> str:
    """A matrix as cells, darker for more, empty for NaN; `ratio` is height to width of the whole where there are no names."""
    count = max((len(row) for row in values), default=1) or 1
    left = 176 if rows else 8
    wide = min(560 if not rows else 448, drawing_room(count)) / count
    high = wide * (count / max(1, len(values))) * ratio if not rows else 26
    drawing = Drawing(height=len(values) * high + (96 if names else 16), title=title)
    top = max((value for row in values for value in row if not math.isnan(value)), default=0) or 1
    for r, row in enumerate(values):
        y = 8 + r * high
        if rows:
            drawing.text(168, y + high / 2 + 4, rows[r], "end", room=160)
        for c, value in enumerate(row):
            if math.isnan(value):
                continue
            tip = f"{rows[r]} / {names[c]}: {whole(value)}" if rows and names else whole(value)
            drawing.rect(left + c * wide, y, wide + 0.3, high + 0.3, "a", tip, opacity=0.04 + 0.96 * value / top)
            if numbers and value and wide > 24:
                kind = "q" if value / top < 0.6 else "w"
                drawing.text(left + c * wide + wide / 2, y + high / 2 + 4, short(value), "middle", kind)
    for c, name in enumerate(names):
        x = left + c * wide + wide / 2
        drawing.parts.append(
            f'<text class="q" transform="translate({x:.1f} {len(values) * high + 20:.1f}) rotate(35)">'
            f"{escape(shortened(name, 96))}<title>{escape(name)}</title></text>"
        )
    return drawing.svg().replace("</style>", ".w{fill:var(--ground,#fff)}</style>", 1)


def drawing_room(count: int) -> float:
    """Px that a grid of so many columns takes across."""
    return max(120.0, count * 34.0)


def dots(title: str, points: Sequence[tuple[float, float]], across: str, up: str) -> str:
    """A cloud of points over two logarithmic axes."""
    drawing = Drawing(height=320, title=title)
    bottom, right = 320 - BOTTOM, drawing.width - RIGHT
    xs, ys = [max(x, 0.5) for x, _ in points] or [1, 10], [max(y, 0.5) for _, y in points] or [1, 10]
    to_x, to_y = _axis(_ends(xs), LEFT, right, True), _axis(_ends(ys), bottom, TOP, True)
    for low, place, straight in ((xs, to_x, True), (ys, to_y, False)):
        for tick in _log_ticks(*_ends(low)):
            if straight:
                drawing.line(place(tick), TOP, place(tick), bottom)
                drawing.text(place(tick), bottom + 16, short(tick), "middle", "q")
            else:
                drawing.line(LEFT, place(tick), right, place(tick))
                drawing.text(LEFT - 6, place(tick) + 4, short(tick), "end", "q")
    for x, y in zip(xs, ys, strict=True):
        drawing.dot(to_x(x), to_y(y))
    drawing.text(LEFT + (right - LEFT) / 2, bottom + 33, across, "middle", "q")
    drawing.text(LEFT + 4, TOP + 10, up, kind="q")
    return drawing.svg()


def lines(
    title: str,
    series: Sequence[tuple[str, Sequence[tuple[float, float]], str]],
    across: str,
    up: str,
    ends: tuple[float, float, float, float] | None = None,
    band: Sequence[tuple[float, float, float]] = (),
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """Lines (name, points, colour or "") over two linear axes.

    Args:
        ends: least and most across, least and most up; those of the points without.
        band: (across, low, high) behind the first line.
        marks: places across with a word each.
    """
    drawing = Drawing(height=280 if len(series) > 1 else 260, title=title)
    bottom, right = 260 - BOTTOM, drawing.width - RIGHT
    xs = [x for _, points, _ in series for x, _ in points] or [0, 1]
    ys = [y for _, points, _ in series for _, y in points] + [high for _, _, high in band] or [0, 1]
    low_x, high_x, low_y, high_y = ends or (min(xs), max(xs), min(0, *ys), max(ys) or 1)
    to_x, to_y = _axis((low_x, high_x), LEFT, right, False), _axis((low_y, high_y), bottom, TOP, False)
    for at in range(6):
        x, y = low_x + (high_x - low_x) * at / 5, low_y + (high_y - low_y) * at / 5
        drawing.line(LEFT, to_y(y), right, to_y(y))
        drawing.text(LEFT - 6, to_y(y) + 4, short(y), "end", "q")
        drawing.text(to_x(x), bottom + 16, short(x), "middle", "q")
    if band:
        edge = [(x, high) for x, _, high in band] + [(x, low) for x, low, _ in reversed(band)]
        drawing.parts.append(f'<path d="{_path(edge, to_x, to_y)}Z" class="a" fill-opacity="0.15"/>')
    for index, (name, points, color) in enumerate(series):
        ink = f' style="stroke:{color}"' if is_color(color) else ""
        drawing.parts.append(f'<path d="{_path(points, to_x, to_y)}" class="l{SERIES[index % 3]}"{ink}><title>{escape(name)}</title></path>')  # fmt: skip
    for at, (place, word) in enumerate(marks):
        drawing.line(to_x(place), TOP, to_x(place), bottom)
        drawing.text(to_x(place) + 4, TOP + 10 + 15 * at, word)
    drawing.text(LEFT + (right - LEFT) / 2, bottom + 33, f"{across} → · ↑ {up}", "middle", "q")
    x = float(LEFT)
    for index, (name, _, color) in enumerate(series if len(series) > 1 else ()):
        drawing.rect(x, 261, 10, 10, SERIES[index % 3], fill=color)
        drawing.text(x + 14, 270, name, kind="q", room=110)
        x += 30 + sum(12 if ord(letter) > 0x2E7F else 6.8 for letter in shortened(name, 110))
    return drawing.svg()


def _path(points: Sequence[tuple[float, float]], to_x: Callable[[float], float], to_y: Callable[[float], float]) -> str:
    return "".join(f"{'L' if at else 'M'}{to_x(x):.1f} {to_y(y):.1f}" for at, (x, y) in enumerate(points))


def escape(text: str, quote: bool = False) -> str:
    """Words as XML may hold them: without control characters, which no file of that kind allows."""
    return _escape("".join(letter for letter in text if letter.isprintable()), quote)


def is_color(text: str) -> bool:
    """Whether a text is #rrggbb; anything else never gets into a style."""
    return len(text) == 7 and text[0] == "#" and all(letter in "0123456789abcdefABCDEF" for letter in text[1:])


def shortened(text: str, room: float) -> str:
    """A text cut to about so many px of the 12 px font; wide letters count double."""
    used = 0.0
    for index, letter in enumerate(text):
        used += 12 if ord(letter) > 0x2E7F else 6.8
        if used > room:
            return text[: max(1, index - 1)] + "…"
    return text


def whole(value: float) -> str:
    """1,234 or 12.3."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")


def short(value: float) -> str:
    """12k for 12,000; two digits that count below one."""
    size = abs(value)
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if size >= limit * 10 or (size >= limit and value % (limit / 10) == 0):
            return f"{value / limit:.3g}{unit}"
    return f"{value:,.0f}" if size >= 100 or value == int(value) else f"{value:.2g}"


def _scale(drawing: Drawing, top: float, bottom: float, right: float) -> None:
    step = 10 ** math.floor(math.log10(top)) if top > 0 else 1
    step = next(step * factor for factor in (0.2, 0.5, 1, 2, 5) if top / (step * factor) <= 5)
    value = 0.0
    while value <= top:
        y = bottom - (bottom - TOP) * value / top
        drawing.line(LEFT, y, right, y)
        drawing.text(LEFT - 6, y + 4, short(value), "end", "q")
        value += step


def _axis(edges: Sequence[float], start: float, end: float, log: bool) -> Callable[[float], float]:
    low, high = edges[0], edges[-1]
    if log:
        low, high = math.log(max(low, 1e-9)), math.log(max(high, 1e-9))
    span = (high - low) or 1.0
    return lambda value: start + (end - start) * ((math.log(max(value, 1e-9)) if log else value) - low) / span


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low / 1.3, high * 1.3) if low > 0 else (0.5, max(high, 1) * 1.3)


def _log_ticks(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = (1,) if len(powers) > 4 else (1, 2, 5)
    return [factor * 10.0**power for power in powers for factor in fine if low <= factor * 10.0**power <= high]


def _legend(drawing: Drawing, names: Sequence[str], y: float, always: bool = False) -> None:
    if len(names) < 2 and not always:
        return
    x = 176.0 if always else float(LEFT)
    for index, name in enumerate(names):
        drawing.rect(x, y - 9, 10, 10, SERIES[index % 3], opacity=1 - 0.35 * (index // 3))
        drawing.text(x + 14, y, name, kind="q", room=120)
        x += 30 + sum(12 if ord(letter) > 0x2E7F else 6.8 for letter in shortened(name, 120))
