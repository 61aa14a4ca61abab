"""The attribute study of the AIAG manual (MSA, 4th edition, table III-C 1): 50 parts, appraisers A, B, C, 3 trials."""

from __future__ import annotations

from engine.labeling.gauge import Rating

MIXED = {  # part: (A, B, C, reference) where the nine ratings are not all the same
    6: ("110", "110", "100", "1"), 7: ("111", "111", "101", "1"), 12: ("000", "000", "010", "0"),
    14: ("110", "111", "100", "1"), 21: ("110", "101", "010", "1"), 22: ("001", "010", "110", "0"),
    26: ("010", "000", "001", "0"), 30: ("000", "001", "000", "0"), 34: ("001", "001", "011", "0"),
    36: ("110", "111", "101", "1"), 43: ("101", "111", "110", "1"),
}  # fmt: skip
BAD = (3, 4, 5, 9, 25, 37, 39, 42, 45, 48, 50)


def ratings() -> tuple[list[Rating], dict[str, str]]:
    """All 450 ratings and the reference of each part."""
    found, truth = list[Rating](), dict[str, str]()
    for part in range(1, 51):
        same = "0" if part in BAD else "1"
        *said, true = MIXED.get(part, (same * 3, same * 3, same * 3, same))
        truth[str(part)] = true
        for who, values in zip("ABC", said, strict=True):
            found += [Rating(str(part), who, trial, value) for trial, value in enumerate(values, 1)]
    return found, truth
