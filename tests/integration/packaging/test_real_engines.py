from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from engine.packaging import base
from engine.packaging.archive import write_archive
from engine.packaging.image import Built, build_image
from engine.packaging.layers import digest_of_file
from engine.packaging.oci import Layout
from engine.packaging.rootfs import run_spec, unpack
from tests.integration.packaging.conftest import ask, free_port, needs, run, wait_until_ready

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engines")]


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 0, 0)).save(file, "JPEG")
    return file.getvalue()


def check_it_serves(port: int) -> None:
    wait_until_ready(port)
    status, answer = ask(port, "POST", "/predict", picture())
    assert status == 200
    assert {found["label"] for found in answer["detections"]} == {"scratch", "划痕"}
    assert ask(port, "GET", "/v2/models/parts")[1]["versions"] == ["3"]


def inside(root: Path) -> list[str]:
    """A command line that runs what follows in the root file system, as its own user."""
    script = 'mount -t proc proc "$0/proc" && exec /usr/sbin/chroot --userspec=65532:65532 "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", script, str(root)]


def test_the_same_model_makes_the_same_digest_in_another_process(built: Built, model: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.packaging import base; from engine.packaging.image import build_image;"
        "from engine.packaging.oci import Layout;"
        "print(build_image(Layout(sys.argv[1]).make(), Path(sys.argv[2]), base.kit('linux/amd64'),"
        " {'io.lineside.version-digest': 'ab'}).digest)"
    )
    for seed in ("1", "2"):
        done = run(
            sys.executable, "-c", code, tmp_path / seed, model, env={"PYTHONHASHSEED": seed, "HOME": str(Path.home())}
        )
        assert done == built.digest


def test_the_artifact_is_small_and_says_where_it_comes_from(built: Built, layout: Layout) -> None:
    assert built.bytes <= 80e6
    assert [what for what, _ in built.layers] == ["base", "runtime", "serving code", "model"]
    layout.check(built.digest)
    spec = run_spec(layout, built.digest)
    assert spec.labels["io.lineside.version-digest"] == "ab"
    assert spec.user == "65532:65532"


def test_docker_loads_and_runs_it(docker: list[str], built: Built, layout: Layout, tmp_path: Path) -> None:
    archive = write_archive(layout, built.digest, tmp_path / "parts.tar")
    assert built.reference in run(*docker, "load", "-i", archive)
    port = free_port()
    name = run(*docker, "run", "-d", "--network=host", "--read-only", "--cap-drop=ALL", "-e", f"LINESIDE_PORT={port}",
               "-e", "LINESIDE_HOST=127.0.0.1", built.reference)  # fmt: skip
    try:
        check_it_serves(port)
        run(*docker, "stop", "-t", "20", name)
        assert run(*docker, "inspect", "-f", "{{.State.ExitCode}}", name) == "0"
    finally:
        run(*docker, "rm", "-f", name)


def test_podman_loads_and_runs_it(podman: list[str], built: Built, layout: Layout, tmp_path: Path) -> None:
    archive = write_archive(layout, built.digest, tmp_path / "parts.tar")
    loaded = run(*podman, "load", "-i", archive).rpartition("Loaded image")[2].split()[-1]
    port = free_port()
    name = run(
        *podman, "run", "-d", "--network=host", "-e", f"LINESIDE_PORT={port}", "-e", "LINESIDE_HOST=127.0.0.1", loaded
    )
    try:
        check_it_serves(port)
        run(*podman, "stop", "-t", "20", name)
        assert run(*podman, "inspect", "-f", "{{.State.ExitCode}}", name) == "0"
    finally:
        run(*podman, "rm", "-f", name)


def test_skopeo_reads_the_layout_and_the_archive(built: Built, layout: Layout, tmp_path: Path) -> None:
    needs("skopeo")
    run("skopeo", "copy", f"oci:{layout.root}:{built.reference}", f"oci:{tmp_path}/copy:parts")
    assert (tmp_path / "copy/blobs/sha256" / built.digest[7:]).is_file()
    archive = write_archive(layout, built.digest, tmp_path / "parts.tar")
    for kind in ("oci-archive", "docker-archive"):
        described = json.loads(run("skopeo", "inspect", "--config", f"{kind}:{archive}"))
        assert described["architecture"] == "amd64"


def test_a_registry_takes_it_and_gives_it_back_unchanged(
    registry: str, built: Built, layout: Layout, tmp_path: Path
) -> None:
    place = f"docker://{registry}/line/parts:3"
    run(
        "skopeo",
        "copy",
        "--dest-tls-verify=false",
        "--dest-creds",
        "line:side",
        f"oci:{layout.root}:{built.reference}",
        place,
    )
    run("skopeo", "copy", "--src-tls-verify=false", "--src-creds", "line:side", place, f"oci:{tmp_path}/back:parts")
    back = Layout(tmp_path / "back")
    assert back.find("parts")["digest"] == built.digest
    back.check(built.digest)


def test_the_unpacked_image_serves_with_nothing_but_what_is_in_it(built: Built, layout: Layout, tmp_path: Path) -> None:
    needs("unshare", "chroot")
    root = unpack(layout, built.digest, tmp_path / "root")
    spec, port = run_spec(layout, built.digest), free_port()
    command = [*inside(root), *spec.arguments]
    environment = {
        **spec.env,
        "LINESIDE_PORT": str(port),
        "LINESIDE_HOST": "127.0.0.1",
        "PATH": "/usr/sbin:/usr/bin:/bin",
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        check_it_serves(port)
    finally:
        process.kill()
        process.wait(30)


def test_the_serving_code_imports_no_other_part_of_the_program(built: Built, layout: Layout, tmp_path: Path) -> None:
    needs("unshare", "chroot")
    root = unpack(layout, built.digest, tmp_path / "root")
    code = "import sys, engine.serving.server, engine.serving.predictor as p; p.openvino_predictor('/opt/lineside/model');" \
           "print(*sorted(m for m in sys.modules if m.startswith('engine')))"  # fmt: skip
    spec = run_spec(layout, built.digest)
    modules = run(
        *inside(root), *spec.arguments[:-2], "-c", code, env=spec.env | {"PATH": "/usr/sbin:/usr/bin:/bin"}
    ).split()
    assert all(module in ("engine", "engine.serving") or module.startswith("engine.serving.") for module in modules)


def test_an_arm64_artifact_has_only_arm64_programs_and_its_python_starts(
    layout: Layout, model: Path, tmp_path: Path
) -> None:
    needs("qemu-aarch64-static")
    made = build_image(layout, model, base.kit("linux/arm64"), {})
    assert made.bytes <= 80e6
    assert layout.read_json(layout.read_json(made.digest)["config"]["digest"])["architecture"] == "arm64"
    root = unpack(layout, made.digest, tmp_path / "root")
    machines = {path.read_bytes()[18:20] for path in root.rglob("*") if path.is_file() and not path.is_symlink()
                and path.read_bytes()[:4] == b"\x7fELF"}  # fmt: skip
    assert machines == {(183).to_bytes(2, "little")}
    # openvino itself does not run under qemu; everything around it does.
    code = "import numpy, PIL.Image, uvicorn, httptools, engine.serving.server, engine.serving.images; print(numpy.ones(3).sum())"
    environment = {**run_spec(layout, made.digest).env, "QEMU_LD_PREFIX": str(root)}
    environment["PYTHONPATH"] = ":".join(f"{root}{path}" for path in environment["PYTHONPATH"].split(":"))
    environment["PYTHONHOME"] = f"{root}/usr"
    environment["LD_LIBRARY_PATH"] = f"{root}/usr/lib/aarch64-linux-gnu"
    python = f"{root}/usr/bin/python3.11"
    emulated = ["qemu-aarch64-static", "-L", str(root), "-E", f"LD_LIBRARY_PATH={environment.pop('LD_LIBRARY_PATH')}"]
    assert run(*emulated, python, "-P", "-S", "-s", "-c", code, env=environment) == "3.0"


def test_the_archive_holds_each_blob_under_its_digest(built: Built, layout: Layout, tmp_path: Path) -> None:
    archive = write_archive(layout, built.digest, tmp_path / "parts.tar")
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        tar.extractall(tmp_path / "out", filter="data")
    for name in names:
        if name.startswith("blobs/sha256/"):
            assert digest_of_file(tmp_path / "out" / name) == "sha256:" + name.rpartition("/")[2]
    assert {"oci-layout", "index.json", "manifest.json"} <= set(names)
