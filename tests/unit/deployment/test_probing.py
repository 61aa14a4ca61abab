"""What a machine prints of itself, read as if a stranger had written it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.deployment.advice import advise, fits, thread_counts
from engine.deployment.probing import MOST_NUMBER, clock_of, clock_told, read_probe
from engine.deployment.target import Probe

YEAR = 365.25 * 86400
BOX = """machine=aarch64
kernel=6.1.0
user=edge
uid=1000
cores=4
disk=7340032
runtime=crun 1.8.1
runtime=systemd 252
missing=gzip
namespaces=1
gpu=NVIDIA Orin, 7600 MiB
gpu=/dev/dri/renderD128
listens=0016
listens=46A0
listens=46A1
board=NVIDIA Jetson Orin Nano
MemTotal:        8000000 kB
MemAvailable:    6000000 kB
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
CPU part\t: 0xd42
Features\t: fp asimd asimdhp asimddp i8mm bf16
"""


def test_a_board_beside_the_line_is_read_whole():
    seen = read_probe(BOX, [(100.0, "103.5", 100.2), (101.0, "104.01", 101.02)], 18080)
    assert (seen.platform, seen.cores, seen.user, seen.root) == ("linux/arm64", 4, "edge", False)
    assert seen.cpu == "NVIDIA Jetson Orin Nano, Cortex-A78AE"
    assert (seen.memory, seen.memory_free, seen.disk_free) == (8192000000, 6144000000, 7340032 * 1024)
    assert seen.flags == ("asimd", "asimdhp", "asimddp", "i8mm", "bf16")
    assert seen.gpus == ("NVIDIA Orin, 7600 MiB", "/dev/dri/renderD128")
    assert (seen.ports, seen.free_port) == ((22, 18080, 18081), 18082)
    assert seen.isolation == ("crun", "user-namespaces", "direct")
    assert seen.runtimes == ("crun 1.8.1", "systemd 252")
    assert (seen.clock_skew_s, seen.clock_within_s) == (3.0, 0.01)
    assert seen.notes == ("“gzip” is not there",)


def test_two_threads_of_a_core_are_one_physical_core():
    ids = "".join(f"physical id\t: {socket}\ncore id\t\t: {core}\n" for socket in (0, 1) for core in (0, 1) * 2)
    assert read_probe(f"cores=8\n{ids}").physical_cores == 4
    assert read_probe(f"cores=2\n{ids}").physical_cores == 2, "no more than may be used"


@given(st.text(max_size=2000), st.text(max_size=40))
def test_whatever_is_printed_becomes_a_probe_of_plain_short_lines(text, name):
    seen = read_probe(f"{BOX.replace('edge', name)}{text}", [(0.0, text, 1.0)])
    for one in (seen.cpu, seen.system, seen.kernel, seen.user, *seen.gpus, *seen.runtimes, *seen.notes):
        assert len(one) <= 400
        assert one.isprintable()
    assert Probe.from_json(seen.to_json()) == seen


def test_a_box_that_lies_gets_no_further_than_its_own_probe():
    lies = f"cores={'9' * 20}\ndisk=-1\nmemory=x\nlistens=0000\nlistens=FFFFF\nkernel=\x1b[2J\u202eevil\nMemTotal: {'9' * 18} kB\n"
    many = "".join(f"gpu=card {number}\nlistens={number % 65536:04X}\n" for number in range(100_000))
    seen = read_probe(lies + many)
    assert (seen.cores, seen.disk_free, seen.memory) == (MOST_NUMBER, 0, MOST_NUMBER)
    assert seen.kernel == "[2Jevil"
    assert (len(seen.gpus), len(seen.ports)) == (64, 1021)
    assert seen.platform == "linux/unknown"


@pytest.mark.parametrize(
    ("said", "skew", "within"),
    [("1000.5\n", 0.0, 0.5), ("1000\n", 0.0, 1.0), ("1000.%N\n", 0.0, 1.0), ("never", 0.0, 0.0), ("", 0.0, 0.0)],
)
def test_a_clock_is_known_as_exactly_as_the_way_there_and_back_is_short(said, skew, within):
    assert clock_of([(1000.0, said, 1001.0)]) == (skew, within)


@pytest.mark.parametrize(
    ("skew", "words"),
    [(30, []), (-120, ["2 minutes behind", "logs"]), (4 * YEAR, ["4 years ahead of", "look expired"]),
     (-26 * YEAR, ["26 years behind", "look not yet valid", "set the clock"])],
)  # fmt: skip
def test_a_wrong_clock_is_told_with_what_follows_from_it(skew, words):
    told = clock_told(skew)
    assert bool(told) == bool(words)
    assert all(word in told for word in words)


@pytest.mark.parametrize(
    ("flags", "bf16", "int8"),
    [(("avx2",), False, True), (("avx2", "avx512f", "avx512_vnni"), False, True), (("avx512_bf16", "amx_bf16", "amx_int8"), True, True),
     (("asimd",), False, False), (("asimd", "asimddp"), False, True), (("asimd", "bf16", "i8mm"), True, True)],
)  # fmt: skip
def test_a_precision_is_advised_where_the_cpu_computes_it(flags, bf16, int8):
    found = {one.precision: one.fits for one in advise(Probe("linux/amd64", flags=flags))}
    assert found == {"fp32": True, "bf16": bf16, "int8": int8}


def test_what_is_not_known_of_a_machine_is_not_held_against_a_precision():
    old = Probe.from_json({"platform": "linux/amd64", "cores": 4, "notes": []})
    assert (advise(old), fits(old, "bf16"), old.physical_cores, old.gpus) == ((), True, 0, ())


@pytest.mark.parametrize(
    ("cores", "physical", "counts"),
    [(1, 1, (1,)), (2, 2, (1, 2)), (8, 4, (1, 2, 4)), (6, 0, (1, 2, 4, 6)), (128, 64, (1, 16, 32, 64)), (0, 0, (1,))],
)
def test_few_thread_counts_up_to_all_physical_cores_are_tried(cores, physical, counts):
    assert thread_counts(Probe("linux/amd64", cores=cores, physical_cores=physical)) == counts
