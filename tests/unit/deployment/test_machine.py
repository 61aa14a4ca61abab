"""What machines tell of themselves, from real /proc texts."""

from __future__ import annotations

import pytest

from engine.deployment.launch import Program, oci_platform, translated
from engine.deployment.machine import exit_reason, parse_cpu, parse_memory, parse_system
from engine.deployment.target import Probe

X86 = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) Platinum 8488C
flags\t\t: fpu vme sse2 avx2 avx512f avx512_vnni avx512_bf16 amx_bf16 amx_tile amx_int8
"""
ARM = """processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 asimddp
CPU implementer\t: 0x41
CPU part\t: 0xd0b
"""


def test_the_flags_that_matter_are_found_on_x86_and_arm():
    assert parse_cpu(X86) == (
        "Intel(R) Xeon(R) Platinum 8488C",
        ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8", "amx_bf16"),
    )
    assert parse_cpu(ARM) == ("Cortex-A76", ("asimd", "asimddp"))
    assert parse_cpu("") == ("", ())


def test_memory_and_system_are_read():
    assert parse_memory("MemTotal:       24123456 kB\nMemFree: 1 kB\n") == 24123456 * 1024
    assert parse_system('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n') == "Debian GNU/Linux 12 (bookworm)"


@pytest.mark.parametrize(("machine", "platform"), [("x86_64", "linux/amd64"), ("aarch64", "linux/arm64"), ("AMD64", "linux/amd64"), ("loong64", "linux/loong64")])  # fmt: skip
def test_machines_have_the_platform_names_of_oci(machine, platform):
    assert oci_platform(machine) == platform


@pytest.mark.parametrize(("code", "words"), [(137, "signal 9"), (-11, "signal 11"), (3, "code 3"), (0, "code 0")])
def test_an_exit_code_is_told_in_words(code, words):
    assert words in exit_reason(code)


def test_paths_of_the_image_are_led_to_where_it_is_unpacked():
    program = Program(["/usr/bin/python3", "/app/serve.py", "--url", "/v2"],
                      {"PYTHONPATH": "/app:/nowhere", "TMPDIR": "/tmp", "N": "1"}, "/srv")  # fmt: skip
    found = translated(program, "/r", lambda path: path in ("/usr/bin/python3", "/app/serve.py", "/app", "/tmp"))
    assert found.arguments == ["/r/usr/bin/python3", "/r/app/serve.py", "--url", "/v2"]
    assert found.environment == {"PYTHONPATH": "/r/app:/nowhere", "TMPDIR": "/tmp", "N": "1"}
    assert found.folder == "/r/srv"


def test_a_probe_survives_the_store():
    probe = Probe("linux/arm64", "Cortex-A76", ("asimd",), 4, 8 << 30, notes=("“tar” is not there",))
    assert Probe.from_json({**probe.to_json(), "of a later version": 1}) == probe
