"""What a stick may hold, and what a box refuses of it, each with a sentence."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import tarfile

import pytest

from engine.agent import blobs, receipt
from engine.agent.apply import Settings, apply, give_receipts
from engine.agent.box import Box
from engine.agent.errors import Gone, Refused
from engine.agent.index import CHUNKS, Bundle, Chunk, Piece, read_index
from engine.agent.layers import check_layer
from engine.deployment.bundles import Known, bundle_of, check_bundle, write_chunks, write_index
from engine.deployment.image import Image
from engine.deployment.receipts import read_receipts, verified
from engine.deployment.releases import nothing
from engine.packaging.layers import Entry, digest_of, write_layer
from engine.packaging.oci import Layout, RunConfig

NOISE = random.Random(0).randbytes(2_000_000)


def image(layout: Layout, weights: bytes, entries=(), platform="linux/amd64") -> Image:
    code = write_layer(layout.root / "code.tar", [Entry("app/serve.py", b"print('hello')"), *entries])
    model = write_layer(layout.root / "model.tar", [Entry("model/weights.bin", weights)], "stored")
    descriptor = layout.write_image([code, model], RunConfig(["/usr/bin/python3", "/app/serve.py"]), platform, {})
    for layer in (code, model):
        layer.path.unlink()
    return Image(layout.root, descriptor["digest"], "part:1")


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "layout").make()


@pytest.fixture
def stick(tmp_path, layout):
    """A stick with a full bundle."""
    return write(tmp_path / "stick", image(layout, NOISE))


def write(folder, one, known=None, key="aaaaaaaa-1"):
    known = known or Known()
    write_index(folder, bundle_of(key, one, write_chunks(folder, one, known, nothing), known))
    return folder


@pytest.fixture
def box(tmp_path):
    made = Box(tmp_path / "box")
    made.make()
    return made


def change(stick, **values):
    path = stick / "bundle.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def bring_all(stick, box):
    for piece in read_index(stick).pieces:
        blobs.bring(stick / CHUNKS, piece, box.blobs)


def names(box):
    return sorted(path.name for path in box.blobs.iterdir())


def test_every_blob_of_a_full_bundle_arrives_by_its_digest(stick, box, layout):
    bring_all(stick, box)
    assert len(names(box)) == 4
    for path in box.blobs.iterdir():
        assert digest_of(path.read_bytes()) == f"sha256:{path.name}"


def test_a_bundle_of_changes_is_rebuilt_to_the_bit(stick, box, layout, tmp_path):
    bring_all(stick, box)
    old = Image(layout.root, read_index(stick).digest)
    new = image(layout, NOISE[:-5000] + bytes(5000))
    second = write(tmp_path / "second", new, Known([old]))
    packings = {piece.packing for piece in read_index(second).pieces}
    assert "patch" in packings
    assert sum(path.stat().st_size for path in (second / "chunks").iterdir()) < 10_000
    bring_all(second, box)
    assert all((box.blobs / blob.hex).is_file() for blob in new.blobs)


def test_changes_are_refused_on_a_box_with_another_release(stick, box, layout, tmp_path):
    old = Image(layout.root, read_index(stick).digest)
    second = write(tmp_path / "second", image(layout, NOISE[:-5000] + bytes(5000)), Known([old]))
    with pytest.raises(Refused, match="Write the full bundle"):
        bring_all(second, box)
    assert not list(box.blobs.glob("*.part"))


def test_writing_again_copies_only_what_is_missing_or_damaged(stick, layout):
    one = image(layout, NOISE)
    assert write_chunks(stick, one, Known(), nothing).sent == 0
    chunks = sorted((stick / "chunks").iterdir(), key=lambda path: path.stat().st_size)
    size = chunks[-1].stat().st_size
    content = bytearray(chunks[-1].read_bytes())
    content[1000] ^= 1
    chunks[-1].write_bytes(content)
    chunks[0].unlink()
    assert len(check_bundle(stick, read_index(stick))) == 2
    again = write_chunks(stick, one, Known(), nothing)
    assert size < again.sent < size + 3000
    assert check_bundle(stick, read_index(stick)) == []


@pytest.mark.parametrize("left", [0, 10, 5000])
def test_a_cut_or_swapped_chunk_is_named_and_leaves_nothing(stick, box, left):
    largest = max((stick / "chunks").iterdir(), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:left])
    with pytest.raises(Refused, match=f"{largest.name[:12]} on the stick is damaged"):
        bring_all(stick, box)
    assert not list(box.blobs.glob("*.part"))


def test_a_chunk_of_another_bundle_under_this_name_is_refused(stick, box):
    largest = max((stick / "chunks").iterdir(), key=lambda path: path.stat().st_size)
    largest.write_bytes(random.Random(7).randbytes(largest.stat().st_size))
    with pytest.raises(Refused, match="damaged"):
        bring_all(stick, box)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_chunk_that_is_no_plain_file_is_refused(stick, box, kind):
    largest = max((stick / "chunks").iterdir(), key=lambda path: path.stat().st_size)
    moved = stick / "elsewhere"
    largest.rename(moved)
    {"link": lambda: largest.symlink_to(moved), "pipe": lambda: os.mkfifo(largest), "folder": largest.mkdir}[kind]()
    with pytest.raises(Refused, match="is a link or no file"):
        bring_all(stick, box)


def test_a_stick_that_was_pulled_is_told_as_such(stick, box):
    index = read_index(stick)
    shutil.rmtree(stick)
    with pytest.raises(Gone, match="was the stick pulled"):
        blobs.bring(stick / CHUNKS, index.pieces[0], box.blobs)
    with pytest.raises(Gone, match="is the stick in"):
        read_index(stick)


def bomb(frame_of: int) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(bytes(frame_of))


def test_a_change_that_becomes_larger_than_its_blob_is_not_unpacked(stick, box):
    bring_all(stick, box)
    base = max(read_index(stick).pieces, key=lambda piece: piece.size)
    content = bomb(400_000_000)
    (stick / "chunks" / digest_of(content)[7:]).write_bytes(content)
    piece = Piece("sha256:" + "0" * 64, 1_000_000, "patch", base.digest, (Chunk(digest_of(content)[7:], len(content)),))
    with pytest.raises(Refused, match=r"larger than|cannot be undone"):
        blobs.bring(stick / CHUNKS, piece, box.blobs)
    assert not list(box.blobs.glob("*.part"))


@pytest.mark.parametrize(
    ("change_of", "words"),
    [
        ({"key": "../../etc/cron.d/x"}, "no proper “key”"),
        ({"key": "a; rm -rf /"}, "no proper “key”"),
        ({"digest": "sha256:../../x"}, "no proper “digest”"),
        ({"schema": 99}, "no proper “schema”"),
        ({"name": 7}, "no proper “name”"),
        ({"pieces": "all"}, "no proper “pieces”"),
        ({"pieces": [{"digest": "sha256:" + "0" * 64, "size": 10**30, "packing": "whole", "base": "", "chunks": []}]}, "size"),
        ({"pieces": [{"digest": "sha256:" + "0" * 64, "size": 3, "packing": "exec", "base": "", "chunks": []}]}, "packing"),
        ({"pieces": [{"digest": "sha256:" + "0" * 64, "size": 3, "packing": "whole", "base": "",
                      "chunks": [{"sha256": "../../../etc/shadow", "size": 3}]}]}, "sha256"),
        ({"pieces": [{"digest": "sha256:" + "0" * 64, "size": 3, "packing": "whole", "base": "",
                      "chunks": [{"sha256": "0" * 64, "size": True}]}]}, "size"),
        ({"pieces": [{"digest": "sha256:" + "0" * 64, "size": 3, "packing": "whole", "base": "",
                      "chunks": [{"sha256": "0" * 64, "size": 4}]}]}, "do not have the size"),
        ({"pieces": [{"digest": "sha256:" + "0" * 64, "size": 3, "packing": "patch", "base": "", "chunks": []}]}, "whole"),
        ({"pieces": [{"digest": "sha256:" + "0" * 64, "size": 3, "packing": "whole", "base": "", "chunks": []}] * 2}, "twice"),
    ],
)  # fmt: skip
def test_an_index_that_is_not_sound_is_refused(stick, change_of, words):
    change(stick, **change_of)
    with pytest.raises(Refused, match=words):
        read_index(stick)


def test_an_index_that_is_no_json_endless_or_a_link_is_refused(stick):
    path = stick / "bundle.json"
    for content in (b"{", b"[" * 200_000, b"[]", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(Refused):
            read_index(stick)
    path.write_bytes(b" " * (5 << 20))
    with pytest.raises(Refused, match="larger than"):
        read_index(stick)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(Refused, match="is a link"):
        read_index(stick)


def test_what_the_index_leaves_out_or_swaps_is_refused_before_anything_runs(stick, box):
    pieces = json.loads((stick / "bundle.json").read_text())["pieces"]
    swapped = [{**pieces[0], "chunks": pieces[1]["chunks"], "size": pieces[1]["size"]}, *pieces[1:]]
    change(stick, pieces=swapped)
    with pytest.raises(Refused, match="sha256 differs"):
        apply(stick, box, print, Settings(autostart=False))
    change(stick, pieces=pieces[:-1])
    with pytest.raises(Refused, match="lacks"):
        apply(stick, box, print, Settings(autostart=False))
    assert box.current() is None
    refused = json.loads(next((stick / "receipts").iterdir()).read_text())["body"]
    assert refused["result"] == "refused"
    assert "lacks" in refused["message"]


def test_a_stick_for_another_box_or_machine_is_refused(stick, box):
    change(stick, box="feedfeedfeedfeed")
    with pytest.raises(Refused, match="for the box feedfeedfeedfeed"):
        apply(stick, box, print)
    change(stick, box="", platform="linux/s390x")
    with pytest.raises(Refused, match="is for linux/s390x"):
        apply(stick, box, print)


def tar_with(*members) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, kind, link, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([("../../etc/passwd", tarfile.REGTYPE, "", b"x")], "leads outside"),
        ([("/etc/passwd", tarfile.REGTYPE, "", b"x")], "leads outside"),
        ([("a/../../b", tarfile.REGTYPE, "", b"x")], "leads outside"),
        ([("a", tarfile.SYMTYPE, "/etc", b"")], "the link"),
        ([("a/b", tarfile.SYMTYPE, "../../etc", b"")], "the link"),
        ([("a", tarfile.LNKTYPE, "/etc/shadow", b"")], "the link"),
        ([("a", tarfile.LNKTYPE, "../etc/shadow", b"")], "the link"),
        ([("sub", tarfile.SYMTYPE, "other", b""), ("sub/file", tarfile.REGTYPE, "", b"x")], "below a link"),
        ([("dev/sda", tarfile.BLKTYPE, "", b"")], "a device"),
        ([("dev/tty", tarfile.CHRTYPE, "", b"")], "a device"),
        ([("pipe", tarfile.FIFOTYPE, "", b"")], "a device or a pipe"),
        ([("name\nwith a line", tarfile.REGTYPE, "", b"x")], "leads outside"),
    ],
)
def test_a_layer_with_what_must_not_be_unpacked_is_refused(tmp_path, members, words):
    path = tmp_path / "layer"
    path.write_bytes(tar_with(*members))
    with pytest.raises(Refused, match=words):
        check_layer(path, "sha256:" + "0" * 64, 1 << 30)


def test_a_layer_that_is_a_bomb_or_no_tar_is_refused(tmp_path):
    path = tmp_path / "layer"
    path.write_bytes(tar_with(("zeros", tarfile.REGTYPE, "", bytes(50_000_000))))
    assert path.stat().st_size < 100_000
    with pytest.raises(Refused, match="takes more unpacked"):
        check_layer(path, "sha256:" + "0" * 64, 10_000_000)
    for content in (b"nothing", tar_with(("a", tarfile.REGTYPE, "", os.urandom(5000)))[:-4000]):
        path.write_bytes(content)
        with pytest.raises(Refused, match="no tar file"):
            check_layer(path, "sha256:" + "0" * 64, 1 << 30)


def test_the_product_s_own_layers_pass(stick, layout, box):
    one = image(layout, NOISE, [Entry("usr/lib/libx.so", None, 0o777, "libx.so.1"), Entry("usr/lib/libx.so.1", b"x")])
    for layer in one.layers:
        check_layer(one.path(layer), layer.digest, 1 << 30)


def test_a_receipt_is_believed_only_as_its_box_signed_it(box, stick):
    me = receipt.identity(box.own)
    assert receipt.identity(box.own) == me
    assert (box.own / "key").stat().st_mode & 0o777 == 0o600
    body = {"schema": 1, "key": "aaaaaaaa-1", "digest": "sha256:0", "result": "running", "box": me.box, "at": 5}
    good = receipt.signed(body, me)
    assert verified(good).box == me.box
    other = receipt.Identity(*[bytes(32)] * 2)
    for forged in (
        {**good, "body": {**body, "result": "failed"}},
        {**good, "key": "00" * 32},
        {**good, "signature": "00" * 64},
        receipt.signed({**body, "box": "feedfeedfeedfeed"}, me),
        receipt.signed({**body, "result": "perhaps"}, me),
        {"body": body, "key": other.public.hex(), "signature": good["signature"]},
    ):
        with pytest.raises((ValueError, KeyError)):
            verified(forged)
    folder = stick / "receipts"
    (folder / "a.json").write_text(json.dumps(good))
    (folder / "b.json").write_text("{}")
    (folder / "c.json").symlink_to("/etc/passwd")
    (folder / "d.json").write_text("x" * 100_000)
    found, problems = read_receipts(stick)
    assert [one.key for one in found] == ["aaaaaaaa-1"]
    assert len(problems) == 3


def test_a_stick_cannot_lead_a_receipt_elsewhere(box, stick, tmp_path):
    (box.own / "receipts").mkdir()
    (box.own / "receipts" / "k.json").write_text("{}")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(stick / "receipts")
    (stick / "receipts").symlink_to(elsewhere)
    assert not give_receipts(stick, box)
    assert not list(elsewhere.iterdir())
    (stick / "receipts").unlink()
    (stick / "receipts").mkdir()
    target = tmp_path / "victim"
    target.write_text("precious")
    name = f"{receipt.identity(box.own).box}-k.json"
    (stick / "receipts" / name).symlink_to(target)
    (stick / "receipts" / f"{name}.part").symlink_to(target)
    assert give_receipts(stick, box)
    assert target.read_text() == "precious"


def test_the_index_says_the_same_after_it_was_written_and_read(stick):
    index = read_index(stick)
    assert Bundle.from_json(json.loads(json.dumps(index.to_json()))) == index
