"""Pages for people: a model to try, and what the server answers. Nothing on them comes from elsewhere or runs from a text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from engine.serving.wire import Answer

FOLDER = Path(__file__).parent / "web"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)


@dataclass(frozen=True)
class Page:
    """A file of the folder beside this module."""

    name: str
    content_type: str

    def answer(self) -> Answer:
        """With headers that let nothing else in."""
        return Answer(_read(self.name), 200, self.content_type, HEADERS)


STATIC = {
    "/try": Page("try.html", "text/html; charset=utf-8"),
    "/try.js": Page("try.js", "text/javascript; charset=utf-8"),
    "/try-draw.js": Page("draw.js", "text/javascript; charset=utf-8"),
    "/try-correct.js": Page("correct.js", "text/javascript; charset=utf-8"),
    "/try-words.js": Page("words.js", "text/javascript; charset=utf-8"),
    "/try.css": Page("try.css", "text/css; charset=utf-8"),
}


@cache
def _read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def documented(document: Mapping[str, Any]) -> Answer:
    """An OpenAPI document as a page without scripts."""
    info = document["info"]
    parts = [
        _operation(path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post")
    ]
    title, about = escape(info["title"]), escape(info["description"])
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="try.css"></head><body class="docs"><header><h1>{title}</h1>'
        '<nav><a href="try">Try it</a> <a href="openapi.json">openapi.json</a></nav></header>'
        f"<main><p>{about}</p>{''.join(parts)}</main></body></html>"
    )
    return Answer(body.encode(), 200, "text/html; charset=utf-8", HEADERS)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    told = [f"<p>{escape(operation['description'])}</p>"] if operation.get("description") else []
    if parameters := operation.get("parameters"):
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
            f"<td>{escape(one.get('description', ''))}</td></tr>"
            for one in parameters
        )
        told.append(f"<table>{rows}</table>")
    if content := operation.get("requestBody", {}).get("content"):
        told.append(f"<p>Body: {', '.join(f'<code>{escape(kind)}</code>' for kind in content)}</p>")
    for status, response in operation["responses"].items():
        told.append(f"<p><b>{status}</b> {escape(response['description'])}</p>")
        schemas = [kind["schema"] for kind in response.get("content", {}).values() if status == "200"]
        if schemas and len(schemas[0]) > 1:
            shown = escape(json.dumps(schemas[0], ensure_ascii=False, indent=1))
            told.append(f"<details><summary>Schema</summary><pre>{shown}</pre></details>")
    head = f"<span class='method {method}'>{method.upper()}</span> <code>{escape(path)}</code>"
    return f"<section><h2>{head}</h2><p>{escape(operation['summary'])}</p>{''.join(told)}</section>"
