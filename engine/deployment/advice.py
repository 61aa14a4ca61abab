"""What a probed machine computes fast: which precisions, and on how many threads."""

from __future__ import annotations

from dataclasses import dataclass

from engine.deployment.target import Probe

PRECISIONS = ("fp32", "bf16", "int8")
"""From the most exact on."""
MOST_COUNTS = 4

# Instructions, the best first, and what people call them
BF16 = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512 BF16", "bf16": "ARM BF16"}
INT8 = {
    "amx_int8": "AMX", "avx512_vnni": "AVX-512 VNNI", "avx_vnni": "AVX VNNI", "i8mm": "ARM I8MM", "asimddp": "ARM dot products",
}  # fmt: skip
INT8_WITHOUT = {"avx512f": "AVX-512", "avx2": "AVX2"}


@dataclass(frozen=True)
class Advice:
    """Whether a machine gains by a precision, and why, in a sentence."""

    precision: str
    fits: bool
    why: str


def advise(probe: Probe) -> tuple[Advice, ...]:
    """On each precision; none for a machine that does not tell its CPU's instructions."""
    if not probe.flags:
        return ()
    return Advice("fp32", True, "Every CPU computes in FP32."), _bf16(probe), _int8(probe)


def fits(probe: Probe, precision: str) -> bool:
    """Whether a precision may be used there; what is not known may."""
    return all(one.fits for one in advise(probe) if one.precision == precision)


def thread_counts(probe: Probe) -> tuple[int, ...]:
    """Numbers of threads worth measuring, from 1 to all physical cores: two of one core share what computes."""
    most = probe.physical_cores or probe.cores or 1
    doubled = [1 << step for step in range(most.bit_length()) if 1 << step < most]
    if len(doubled) >= MOST_COUNTS:
        doubled = [1, *doubled[-(MOST_COUNTS - 2) :]]
    return (*doubled, most)


def _bf16(probe: Probe) -> Advice:
    if found := _first(probe, BF16):
        return Advice("bf16", True, f"The CPU multiplies BF16 ({found}).")
    return Advice(
        "bf16", False, "The CPU has neither AMX nor AVX-512 BF16 nor ARM BF16; BF16 would be computed as FP32."
    )


def _int8(probe: Probe) -> Advice:
    if found := _first(probe, INT8):
        return Advice("int8", True, f"The CPU multiplies and sums INT8 in one step ({found}).")
    if found := _first(probe, INT8_WITHOUT):
        return Advice(
            "int8", True, f"The CPU computes INT8 with {found} in several steps; what it gains has to be measured."
        )
    return Advice(
        "int8", False, "The CPU has no instructions for INT8 (VNNI, AMX, AVX2, ARM dot products); FP32 is as fast."
    )


def _first(probe: Probe, names: dict[str, str]) -> str:
    return next((said for flag, said in names.items() if flag in probe.flags), "")
