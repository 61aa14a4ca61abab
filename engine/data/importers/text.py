"""Text of files and names from anywhere: encodings, names of files and labels, words for splits."""

from __future__ import annotations

import re

ENCODINGS = r"iso-8859-\d+|latin-?1|windows-\d+|cp\d+|gbk|gb2312|gb18030|big5|shift_jis|euc-jp|euc-kr|koi8-r"


def decode_text(data: bytes) -> str:
    """Text in UTF-8 (with or without mark), UTF-16 with its mark, else what an XML file says of itself, else GB 18030
    (which contains GBK), else Latin-1."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    told = re.match(rb"\s*<\?xml[^>]{0,99}encoding=.((?:%b)\b)" % ENCODINGS.encode(), data[:200], re.IGNORECASE)
    for encoding in ("utf-8-sig", *([told[1].decode()] if told else ()), "gb18030"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1")


def label_name(text: str) -> str:
    """A name of a label on one line, without characters that end lines or that no XML can hold."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+", " ", clean_text(text)).strip()


def clean_text(name: str) -> str:
    """A file name as text that can be stored and shown: bytes that are not UTF-8 are read as GBK, else escaped."""
    try:
        name.encode("utf-8")
        return name
    except UnicodeEncodeError:
        raw = name.encode("utf-8", "surrogateescape") if _escaped(name) else name.encode("utf-8", "replace")
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace")


def _escaped(name: str) -> bool:
    return all(not 0xD800 <= ord(char) <= 0xDFFF or 0xDC80 <= ord(char) <= 0xDCFF for char in name)


def split_of(name: str) -> str | None:
    """The split that a file or folder name speaks of: train, val, test; None: none."""
    words = set(re.split(r"[^a-z]+", name.lower()))
    for split, known in (
        ("train", {"train", "training", "trainval"}),
        ("val", {"val", "valid", "validation"}),
        ("test", {"test", "testing"}),
    ):
        if words & known:
            return split
    return None
