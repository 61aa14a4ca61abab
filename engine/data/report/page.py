"""One self-contained HTML page out of sections with tables and figures; no script, nothing from outside."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from engine.data.report.words import Words

CSS = """
:root{--ground:#fff;--panel:#f6f7f9;--text:#1d2129;--quiet:#5b6472;--line:#dfe3e8;--accent:#1f6feb;--second:#c2410c;
--third:#0f766e;--good:#15803d;--warning:#b45309;--bad:#b91c1c}
@media (prefers-color-scheme:dark){:root{--ground:#16191d;--panel:#1e2227;--text:#e6e8eb;--quiet:#9aa4b1;--line:#343a42;
--accent:#5b9bff;--second:#f59e5b;--third:#4cc7b4;--good:#4ade80;--warning:#fbbf24;--bad:#f87171}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--text);
font:14px/1.5 system-ui,'Noto Sans','Noto Sans CJK SC','Microsoft YaHei',sans-serif}
main{max-width:1120px;margin:0 auto;padding:28px 24px 64px}h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 4px}
h3{font-size:14px;margin:0}p{margin:4px 0 12px;max-width:75ch}.quiet{color:var(--quiet)}
nav{display:flex;flex-wrap:wrap;gap:6px 18px;margin:16px 0;padding:10px 0;border-bottom:1px solid var(--line)}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:16px 0}
.card{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.card b{display:block;font-size:22px;font-weight:600;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:16px}
figure{margin:0;background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 14px;break-inside:avoid}
figure svg{width:100%;max-width:720px;max-height:440px;height:auto;display:block;margin-top:6px}figcaption{display:flex;gap:10px;align-items:baseline}
figcaption h3{flex:1}figcaption a{font-size:12px}
table{border-collapse:collapse;margin:8px 0;font-variant-numeric:tabular-nums}.scroll{overflow-x:auto}
th,td{padding:4px 14px 4px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{font-weight:600;color:var(--quiet)}td.n,th.n{text-align:right}
.good{color:var(--good)}.warning{color:var(--warning)}.bad{color:var(--bad)}
@media print{:root{--ground:#fff;--panel:#fff;--text:#000;--quiet:#444;--line:#bbb;--accent:#1f6feb;--second:#c2410c;
--third:#0f766e;--good:#15803d;--warning:#b45309;--bad:#b91c1c}nav,figcaption a{display:none}main{max-width:none;padding:0}}
"""


@dataclass(frozen=True)
class Figure:
    """A plot with its numbers: `columns` and `rows` are what its CSV file holds."""

    name: str
    title: str
    svg: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Rows below headings; a cell may be (text, "good" | "warning" | "bad")."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass
class Section:
    """A heading with words, figures and tables below it."""

    id: str
    title: str
    text: str = ""
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def page(title: str, subtitle: str, cards: Sequence[tuple[str, str]], sections: Sequence[Section], words: Words) -> str:
    """The whole document."""
    links = "".join(f'<a href="#{escape(s.id, quote=True)}">{escape(s.title)}</a>' for s in sections)
    shown = "".join(f'<div class="card"><span class="quiet">{escape(name)}</span><b>{escape(value)}</b></div>' for name, value in cards)  # fmt: skip
    # The policy lets nothing in that is not in this file, whatever a name tries.
    return (
        f'<!DOCTYPE html>\n<html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body><main>"
        f'<h1>{escape(title)}</h1><p class="quiet">{escape(subtitle)}</p><nav>{links}</nav>'
        f'<div class="cards">{shown}</div>{"".join(_section(section, words) for section in sections)}'
        "</main></body></html>\n"
    )


def table(found: Table) -> str:
    """A table; columns of numbers stand to the right."""
    right = [
        all(isinstance(_plain(row[at]), int | float) or _is_number(str(_plain(row[at]))) for row in found.rows)
        for at in range(len(found.columns))
    ]
    head = "".join(
        f'<th class="{"n" if n else ""}">{escape(name)}</th>' for name, n in zip(found.columns, right, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(_cell(value, n) for value, n in zip(row, right, strict=True)) + "</tr>" for row in found.rows
    )
    head = f"<thead><tr>{head}</tr></thead>" if any(found.columns) else ""
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody></table></div>'


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV; text that a spreadsheet would take for a formula is disarmed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[_safe(_plain(value)) for value in row] for row in rows])
    return out.getvalue()


def _section(section: Section, words: Words) -> str:
    text = f'<p class="quiet">{escape(section.text)}</p>' if section.text else ""
    figures = "".join(_figure(figure, words) for figure in section.figures)
    figures = f'<div class="figures">{figures}</div>' if figures else ""
    tables = "".join(table(found) for found in section.tables)
    return f'<section id="{escape(section.id, quote=True)}"><h2>{escape(section.title)}</h2>{text}{figures}{tables}</section>'


def _figure(figure: Figure, words: Words) -> str:
    name = escape(figure.name, quote=True)
    drawn = _data("image/svg+xml", figure.svg.encode())
    numbers = _data("text/csv", b"\xef\xbb\xbf" + csv_text(figure.columns, figure.rows).encode())
    note = f'<p class="quiet">{escape(figure.note)}</p>' if figure.note else ""
    return (
        f'<figure id="figure-{name}"><figcaption><h3>{escape(figure.title)}</h3>'
        f'<a download="{name}.svg" href="{drawn}" title="{escape(words("Save this figure as a drawing"), quote=True)}">SVG</a>'
        f'<a download="{name}.csv" href="{numbers}" title="{escape(words("Save the numbers of this figure"), quote=True)}">CSV</a>'
        f"</figcaption>{note}{figure.svg}</figure>"
    )


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _cell(value: Any, right: bool) -> str:
    kinds = " ".join(filter(None, ["n" if right else "", value[1] if isinstance(value, tuple) else ""]))
    text = _plain(value)
    shown = f"{text:,}" if isinstance(text, int) else str(text)
    return f'<td class="{escape(kinds, quote=True)}">{escape(shown)}</td>'


def _plain(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") and not _is_number(value) else value  # fmt: skip


def _is_number(text: str) -> bool:
    return text.strip("%–- ").replace(",", "").replace(".", "", 1).isdigit() or text in ("–", "")
