"""Interface translations: collect texts, put translations in, compile, check that none is missing.

    python tools/translations.py update              collect new texts; translated ones stay
    python tools/translations.py missing             print texts without translation as JSON, to be filled in
    python tools/translations.py set FILE.json       take {"Context": {"text": "translation"}} or {"text": "translation"}
    python tools/translations.py compile             write the .qm file that the program loads
    python tools/translations.py check               fail when a text is missing, untranslated or not compiled

`update` and `set` compile at once. All of them may run at the same time: a lock file keeps them apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "assets" / "translations"
TS = FOLDER / "lineside_zh_CN.ts"
QM = TS.with_suffix(".qm")
PLACES = re.compile(r"\{[^{}]*\}|%n|%\d")

Texts = dict[str, dict[str, str]]  # context -> text -> translation, "" when there is none


def main(arguments: list[str]) -> int:
    command = arguments[0] if arguments else ""
    if command == "check":
        return check()
    with locked():
        if command == "update":
            texts = update()
            print(f"{sum(map(len, texts.values()))} texts, {len(list(untranslated(texts)))} to translate")
        elif command == "set" and len(arguments) == 2:
            print(f"{put(json.loads(Path(arguments[1]).read_text('utf-8')))} translations put in")
        elif command == "missing":
            missing: Texts = {}
            for context, text in untranslated(read(TS)):
                missing.setdefault(context, {})[text] = ""
            print(json.dumps(missing, ensure_ascii=False, indent=1))
        elif command == "compile":
            compile_to(QM)
        else:
            print(__doc__)
            return 2
    return 0


def update() -> Texts:
    """Collect the texts of the sources; keep every translation, and give a new text the one it has elsewhere."""
    known = read(TS)
    found = extracted()
    memory = {text: translation for texts in known.values() for text, translation in texts.items() if translation}
    for context, texts in found.items():
        for text in texts:
            texts[text] = known.get(context, {}).get(text) or memory.get(text, "")
    write(found)
    return found


def put(given: dict[str, str | dict[str, str]]) -> int:
    """Set translations, by context and text or by text alone; returns how many were used."""
    texts = update()
    count = 0
    for key, value in given.items():
        for text, translation in value.items() if isinstance(value, dict) else [(key, value)]:
            contexts = [key] if isinstance(value, dict) and text in texts.get(key, {}) else list(texts)
            used = [context for context in contexts if text in texts[context] and translation]
            if set(PLACES.findall(text)) != set(PLACES.findall(translation)):
                print(f"not taken, places differ: {text!r} → {translation!r}", file=sys.stderr)
                continue
            if not used:
                print(f"not found: {text!r}", file=sys.stderr)
            for context in used:
                texts[context][text] = translation
                count += 1
    write(texts)
    return count


def check() -> int:
    """Whether every text of the sources is translated and compiled."""
    known, found = read(TS), extracted()
    wrong = [f"not collected: {c}: {t!r}" for c, texts in found.items() for t in texts if t not in known.get(c, {})]
    wrong += [f"not translated: {context}: {text!r}" for context, text in untranslated(known)]
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "fresh.qm"
        compile_to(fresh)
        if not QM.is_file() or QM.read_bytes() != fresh.read_bytes():
            wrong.append("not compiled: python tools/translations.py compile")
    print("\n".join(wrong) if wrong else f"{sum(map(len, found.values()))} texts, all translated")
    return 1 if wrong else 0


def untranslated(texts: Texts) -> Iterator[tuple[str, str]]:
    for context, entries in texts.items():
        for text, translation in entries.items():
            if not translation:
                yield context, text


def extracted() -> Texts:
    """The texts of all sources, found by Qt's own tool."""
    sources = sorted(str(path) for path in (ROOT / "app" / "gui").rglob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "found.ts"
        tool("lupdate", "-silent", "-no-obsolete", "-locations", "none", *sources, "-ts", str(target))
        return read(target)


def read(path: Path) -> Texts:
    texts: Texts = {}
    if not path.is_file():
        return texts
    for context in ElementTree.parse(path).getroot().iter("context"):
        entries = texts.setdefault(context.findtext("name") or "", {})
        for message in context.iter("message"):
            translation = message.find("translation")
            done = translation is not None and translation.get("type") not in ("unfinished", "vanished", "obsolete")
            entries[message.findtext("source") or ""] = (
                (translation.text or "") if done and translation is not None else ""
            )
    return texts


def write(texts: Texts) -> None:
    """Write sorted, so that two people's additions rarely touch the same lines; then compile."""
    root = ElementTree.Element("TS", version="2.1", language="zh_CN", sourcelanguage="en")
    for name in sorted(texts):
        context = ElementTree.SubElement(root, "context")
        ElementTree.SubElement(context, "name").text = name
        for text in sorted(texts[name]):
            message = ElementTree.SubElement(context, "message")
            ElementTree.SubElement(message, "source").text = text
            translation = ElementTree.SubElement(message, "translation")
            if texts[name][text]:
                translation.text = texts[name][text]
            else:
                translation.set("type", "unfinished")
    ElementTree.indent(root, " ")
    FOLDER.mkdir(parents=True, exist_ok=True)
    content = ElementTree.tostring(root, "unicode")
    temporary = TS.with_suffix(".part")
    temporary.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{content}\n', "utf-8")
    temporary.replace(TS)
    compile_to(QM)


def compile_to(target: Path) -> None:
    tool("lrelease", "-silent", str(TS), "-qm", str(target))


def tool(name: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / f"pyside6-{name}"), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"pyside6-{name} failed: {done.stderr or done.stdout}")


@contextlib.contextmanager
def locked() -> Iterator[None]:
    name = f"lineside-translations-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}.lock"
    with (Path(tempfile.gettempdir()) / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
