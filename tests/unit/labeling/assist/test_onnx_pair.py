"""A pair of networks of one's own: checked, kept, asked through the companion process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import BadInput, UsageError
from engine.labeling.assist import onnx_pair
from engine.labeling.assist.companion import Companion, CompanionFailed
from engine.workspace import Workspace
from tests.unit.labeling.assist.parts import defects
from tests.unit.labeling.assist.tiny_sam import GRID, SIDE, make

DIGEST = "ab" * 32


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def companion() -> Iterator[Companion]:
    made = Companion()
    yield made
    made.close()


def picture() -> np.ndarray:
    image = np.full((120, 160, 3), 60, np.uint8)
    image[30:80, 40:110] = 220
    return image


def request(folder: Path, clicks: list[list[float]]) -> dict:
    return {"folder": str(folder), "name": "tiny", "digest": DIGEST, "page": 0, "size": [160, 120], "clicks": clicks}


def test_a_pair_is_asked_in_the_companion_and_its_embedding_is_kept(
    tmp_path: Path, files: tuple[Path, Path], companion: Companion
):
    pair = onnx_pair.add(tmp_path, "tiny", *files)
    assert (pair.side, pair.layout, pair.pixels) == (SIDE, "NCHW", "sam")
    assert onnx_pair.pairs(tmp_path) == [pair]
    answer, found = companion.call("segment.decode", request(tmp_path, [[70, 50, 1]]), {"image": picture()})
    truth = picture()[..., 0] > 100
    mask = found["mask"] > 0
    assert (mask & truth).sum() / (mask | truth).sum() > 0.9
    assert answer["iou"] == pytest.approx(1.0, abs=0.01)
    assert found["low_res_masks"].shape == (1, 1, GRID, GRID)
    assert len(list((tmp_path / "cache" / "embeddings").rglob("*.npy"))) == 1
    again = companion.call("segment.decode", request(tmp_path, [[70, 50, 1], [20, 20, 0]]))[1]  # no picture: it is kept
    assert (again["mask"] > 0)[50, 70]
    assert not (again["mask"] > 0)[20, 20]
    assert companion.call("segment.embed", request(tmp_path, []))[0]["cached"] is True


def test_a_damaged_embedding_is_made_anew(tmp_path: Path, files: tuple[Path, Path], companion: Companion):
    onnx_pair.add(tmp_path, "tiny", *files)
    companion.call("segment.embed", request(tmp_path, []), {"image": picture()})
    (kept,) = (tmp_path / "cache" / "embeddings").rglob("*.npy")
    kept.write_bytes(b"\x93NUMPY damaged")
    found = companion.call("segment.decode", request(tmp_path, [[70, 50, 1]]), {"image": picture()})[1]
    assert found["mask"].any()
    assert np.load(kept).shape == (1, 3, GRID, GRID)


def test_objects_in_a_kept_embedding_are_never_unpacked(tmp_path: Path, files: tuple[Path, Path], companion: Companion):
    onnx_pair.add(tmp_path, "tiny", *files)
    companion.call("segment.embed", request(tmp_path, []), {"image": picture()})
    (kept,) = (tmp_path / "cache" / "embeddings").rglob("*.npy")
    np.save(kept, np.array([{"a": 1}], object), allow_pickle=True)
    assert companion.call("segment.embed", request(tmp_path, []), {"image": picture()})[0]["cached"] is False


def test_a_part_of_the_generator_is_segmented_by_its_colours(
    tmp_path: Path, files: tuple[Path, Path], companion: Companion
):
    onnx_pair.add(tmp_path, "tiny", *files)
    image, mask = defects("stain", 1)[0]
    rows, columns = np.nonzero(mask)
    place = [float(np.median(columns)), float(np.median(rows)), 1.0]
    ask = request(tmp_path, [place]) | {"size": [320, 320], "digest": "cd" * 32}
    found = companion.call("segment.decode", ask, {"image": image})[1]["mask"]
    assert found.shape == mask.shape
    assert found[int(place[1]), int(place[0])]


def test_removing_a_pair_removes_what_it_kept(tmp_path: Path, files: tuple[Path, Path], companion: Companion):
    onnx_pair.add(tmp_path, "tiny", *files)
    companion.call("segment.embed", request(tmp_path, []), {"image": picture()})
    onnx_pair.remove(tmp_path, "tiny")
    assert onnx_pair.pairs(tmp_path) == []
    assert not list((tmp_path / "cache" / "embeddings").rglob("*.npy"))
    with pytest.raises(CompanionFailed, match="no pair “tiny”"):
        companion.call("segment.embed", request(tmp_path, []))
    with pytest.raises(UsageError, match="no pair"):
        onnx_pair.remove(tmp_path, "tiny")


def test_a_pair_the_wrong_way_round_is_refused_in_words(tmp_path: Path, files: tuple[Path, Path]):
    encoder, decoder = files
    with pytest.raises(BadInput, match=r"has 6 inputs; an encoder takes one image"):
        onnx_pair.add(tmp_path, "tiny", decoder, encoder)
    with pytest.raises(BadInput, match="no input image_embeddings, point_coords, point_labels"):
        onnx_pair.add(tmp_path, "tiny", encoder, encoder)
    assert onnx_pair.pairs(tmp_path) == []
    assert not list((tmp_path / "assist").glob(".*.part"))


def test_what_is_no_network_or_not_there_is_refused_in_words(tmp_path: Path, files: tuple[Path, Path]):
    (tmp_path / "bad.onnx").write_bytes(b"not a network")
    with pytest.raises(BadInput, match=r"bad\.onnx is not an ONNX network"):
        onnx_pair.add(tmp_path, "tiny", tmp_path / "bad.onnx", files[1])
    with pytest.raises(BadInput, match="does not exist"):
        onnx_pair.add(tmp_path, "tiny", files[0], tmp_path / "none.onnx")


def test_an_encoder_and_a_decoder_that_do_not_fit_are_refused(tmp_path: Path, files: tuple[Path, Path]):
    import torch

    class Other(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return image.mean(1, keepdim=True).repeat(1, 5, 1, 1)[:, :, ::2, ::2]

    other = tmp_path / "other.onnx"
    torch.onnx.export(
        Other(), (torch.zeros(1, 3, SIDE, SIDE),), str(other), dynamo=False, output_names=["image_embeddings"]
    )
    with pytest.raises(BadInput, match="do not work together"):
        onnx_pair.add(tmp_path, "tiny", other, files[1])


@pytest.mark.parametrize("name", ["../x", "", "a/b", " a", "-a", ".a"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, files: tuple[Path, Path], name: str):
    with pytest.raises(UsageError, match="cannot be the name"):
        onnx_pair.add(tmp_path, name, *files)


def test_a_name_is_taken_once(tmp_path: Path, files: tuple[Path, Path]):
    onnx_pair.add(tmp_path, "tiny", *files)
    with pytest.raises(UsageError, match="already"):
        onnx_pair.add(tmp_path, "tiny", *files)


def test_a_damaged_pair_is_left_out_of_the_list(tmp_path: Path, files: tuple[Path, Path]):
    onnx_pair.add(tmp_path, "tiny", *files)
    (tmp_path / "assist" / "tiny" / "pair.json").write_text("{")
    assert onnx_pair.pairs(tmp_path) == []


def test_the_command_adds_lists_and_removes(
    workspace: Workspace, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
):
    from app.cli.main import main

    folder = str(workspace.path)
    workspace.close()
    added = ["label", "assist", "add", "tiny", "--encoder", str(files[0]), "--decoder", str(files[1]), "-w", folder]
    assert main(added) == 0
    assert "64 × 64 px" in capsys.readouterr().out
    assert main(["label", "assist", "pairs", "--json", "-w", folder]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "tiny"
    assert main(added) == 2
    assert "already" in capsys.readouterr().err
    assert main(["label", "assist", "remove", "tiny", "-w", folder]) == 0
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "said",
    [
        {"name": "../../elsewhere"},
        {"digest": "../" * 20},
        {"side": 10**9},
        {"side": "64"},
        {"pixels": "other"},
        {"layout": "CHWN"},
        {"more": 1},
    ],
)
def test_a_description_that_leads_elsewhere_or_asks_for_too_much_is_no_pair(tmp_path: Path, said: dict):
    """A workspace may come from somebody else: what is read becomes paths that are removed, and arrays."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "workspace"
    (folder / "assist" / "tiny").mkdir(parents=True)
    sound = {"name": "tiny", "side": 64, "pixels": "sam", "layout": "NCHW", "digest": "ab" * 32}
    place = folder / "assist" / "tiny" / "pair.json"
    place.write_text(json.dumps(sound))
    assert [pair.name for pair in onnx_pair.pairs(folder)] == ["tiny"]
    place.write_text(json.dumps(sound | said))
    assert onnx_pair.pairs(folder) == []
    with pytest.raises(UsageError, match="no pair"):
        onnx_pair.remove(folder, str(said.get("name", "tiny")))
    assert elsewhere.exists()


def external(folder: Path, location: str, value: float) -> Path:
    """An encoder that adds a constant, which lies in a file of its own."""
    from onnx import TensorProto, helper

    (folder / "weights.bin").write_bytes(np.full(1, value, np.float32).tobytes())
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    for key, text in (("location", location), ("offset", "0"), ("length", "4")):
        entry = weight.external_data.add()
        entry.key, entry.value = key, text
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, SIDE, SIDE]) for name in ("image", "added")]
    nodes = [
        helper.make_node("Add", ["image", "w"], ["added"]),
        helper.make_node("AveragePool", ["added"], ["image_embeddings"], kernel_shape=[4, 4], strides=[4, 4]),
    ]
    out = helper.make_tensor_value_info("image_embeddings", TensorProto.FLOAT, [1, 3, GRID, GRID])
    graph = helper.make_graph(nodes, "encoder", ports[:1], [out], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "encoder.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_weights_in_a_file_of_their_own_belong_to_the_pair_and_files_elsewhere_are_not_read(
    tmp_path: Path, files: tuple[Path, Path]
):
    inner = tmp_path / "given"
    inner.mkdir()
    one = onnx_pair.add(tmp_path, "one", external(inner, "weights.bin", 0.1), files[1])
    two = onnx_pair.add(tmp_path, "two", external(inner, "weights.bin", 0.2), files[1])
    assert one.digest != two.digest, "else one would be answered with what was kept of the other"
    (tmp_path / "weights.bin").write_bytes(np.zeros(1, np.float32).tobytes())
    for location in ("../weights.bin", str(tmp_path / "weights.bin")):
        with pytest.raises(BadInput, match="not an ONNX network that OpenVINO can read"):
            onnx_pair.add(tmp_path, "three", external(inner, location, 0.1), files[1])


def test_a_decoder_that_wants_enormous_masks_is_refused_before_they_are_made(tmp_path: Path, files: tuple[Path, Path]):
    from onnx import TensorProto, helper

    shapes = {"image_embeddings": [1, 3, GRID, GRID], "point_coords": [1, "n", 2], "point_labels": [1, "n"],
              "mask_input": [1, 1, 200_000, 200_000]}  # fmt: skip
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    out = helper.make_tensor_value_info("masks", TensorProto.FLOAT, [1, 3, GRID, GRID])
    graph = helper.make_graph([helper.make_node("Relu", ["image_embeddings"], ["masks"])], "decoder", ports, [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (tmp_path / "huge.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(BadInput, match="200000 × 200000"):
        onnx_pair.add(tmp_path, "tiny", files[0], tmp_path / "huge.onnx")
