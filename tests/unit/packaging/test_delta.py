"""Changes between blobs: small where little changed, exact always."""

from __future__ import annotations

import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.agent.blobs import gzip_fingerprint
from engine.errors import BadInput
from engine.packaging.delta import best_delta, patch, rebuilt, unpatch
from engine.packaging.layers import Entry, digest_of, write_layer


def noise(size, seed=0):
    return random.Random(seed).randbytes(size)


def layer(path, weights, packing, described=b"{}"):
    entries = [
        Entry("model/model.bin", weights),
        Entry("model/model.json", described),
        Entry("model/model.xml", noise(9000, 5).hex().encode()),
    ]
    return write_layer(path, entries, packing)


def test_a_change_of_the_head_of_stored_weights_costs_what_changed(tmp_path):
    weights = noise(8_000_000)
    old = layer(tmp_path / "old", weights, "stored")
    new = layer(tmp_path / "new", weights[:-20_000] + noise(20_000, 1), "stored", b'{"number": 12}' * 40)
    delta = best_delta(old.path, new.path)
    assert delta.packing == "patch"
    assert len(delta.content) < 30_000
    assert "sha256:" + rebuilt(old.path.read_bytes(), delta) == new.digest


def test_layers_that_gzip_packed_are_compared_by_their_contents_and_packed_anew_to_the_bit(tmp_path):
    weights = noise(300_000, 3).hex().encode()
    old = layer(tmp_path / "old", weights, "gzip")
    new = layer(tmp_path / "new", weights[:1000] + b"changed" + weights[1000:], "gzip")
    assert best_delta(old.path, new.path) is None, "the packed bytes have nothing in common"
    delta = best_delta(old.path, new.path, same_gzip=True)
    assert delta.packing == "gzip-patch"
    assert len(delta.content) < 2000
    assert "sha256:" + rebuilt(old.path.read_bytes(), delta) == new.digest


def test_a_gzip_that_another_zlib_made_is_not_promised(tmp_path):
    weights = noise(50_000).hex().encode()
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(gzip.compress(weights, 9, mtime=0))
    new.write_bytes(gzip.compress(weights + b"x", 4, mtime=0))
    assert best_delta(old, new, same_gzip=True) is None


def test_blobs_without_anything_in_common_have_no_delta(tmp_path):
    for name, seed in (("old", 1), ("new", 2)):
        (tmp_path / name).write_bytes(noise(100_000, seed))
    assert best_delta(tmp_path / "old", tmp_path / "new") is None
    (tmp_path / "empty").touch()
    assert best_delta(tmp_path / "empty", tmp_path / "new") is None


@settings(max_examples=60, deadline=None)
@given(
    st.binary(min_size=1, max_size=4000), st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=50)), max_size=6)
)
def test_a_patch_gives_exactly_what_it_was_made_of(old, edits):
    new = bytearray(old)
    for place, piece in edits:
        new[place % (len(new) + 1) : place % (len(new) + 1) + len(piece) // 2] = piece
    assert unpatch(old, patch(old, bytes(new))) == bytes(new)


def test_a_damaged_patch_or_another_prefix_is_told(tmp_path):
    old, new = noise(100_000), noise(100_000)[:50_000] + b"new" + noise(100_000)[50_000:]
    frame = patch(old, new)
    damaged = bytearray(frame)
    damaged[len(frame) // 2] ^= 0x55
    for prefix, content in (
        (old, bytes(damaged)),
        (old, frame[:-9]),
        (noise(100_000, 9), frame),
        (old, b"nothing of zstd"),
    ):
        with pytest.raises(BadInput, match="damaged"):
            unpatch(prefix, content)


def test_this_machine_has_one_way_of_packing(tmp_path):
    assert gzip_fingerprint() == gzip_fingerprint()
    assert len(gzip_fingerprint()) == 16
    assert digest_of(b"") != gzip_fingerprint()
    with tarfile.open(
        fileobj=io.BytesIO(gzip.decompress(layer(tmp_path / "l", b"w", "gzip").path.read_bytes()))
    ) as tar:
        assert "model/model.bin" in tar.getnames()
