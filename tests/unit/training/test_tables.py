"""Tables from a file to a served answer: splits, encoding, leaks, and networks that find what columns do together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from engine.data import tables
from engine.data.tables import Pages, Roles, create_table, read_table
from engine.data.versions import VersionExists, list_versions
from engine.errors import BadInput, UsageError
from engine.evaluation.evaluate import load_predictor
from engine.evaluation.predictor import evaluate_predictor
from engine.modeling.catalogue import catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from engine.packaging.export import export_run
from engine.serving.manifest import ModelManifest
from engine.training.clicks import make_clicks
from engine.training.fit import fit
from engine.training.folds import rotate_rows, run_folds
from engine.training.load import load_module
from engine.training.ranking import auroc
from engine.training.reporting import Terminal
from engine.training.settings import Training
from engine.training.tables import RowBatches, Table
from engine.workspace import Workspace
from tests.unit.serving.conftest import Server

NETWORKS = [  # that learn by gradients
    name for name, found in catalogue().items() if name.startswith("table.") and found.outputs[0].kind == "logits"
]
QUICK = {"data.ignored": "day", "train.steps": 300, "train.batch": 512, "train.average": 0.9, "train.checks": 1}


def drawn(network: str, **changes: Any) -> Graph:
    """The recipe of tables with another network in the place of its own: nothing else changes."""
    graph = RECIPES["table-fm"].graph("clicks")
    node = graph.node("head")
    node.type, node.parameters = network, catalogue()[network].defaults()
    return graph.with_parameters(changes)


def table_of(ws: Workspace, name: str = "t", **columns: Any) -> str:
    """The folder of a version of these columns; the column `part` says the split."""
    path = ws.path / f"{name}.parquet"
    pq.write_table(pa.table(columns), path)
    version = create_table(ws, name, path, by="part")
    return str(ws.path / "versions" / str(version.id))


def halves(count: int = 40) -> list[str]:
    return ["train"] * (count // 2) + ["val"] * (count // 4) + ["test"] * (count // 4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs of three networks on one table of 40 000 clicks, by the network's name; "ws" is the workspace."""
    folder = tmp_path_factory.mktemp("tables")
    made = make_clicks(folder, 40_000)
    found = {"ws": folder / "ws"}
    with Workspace.create(folder / "ws") as ws:
        version = create_table(ws, "clicks", made.file, split="80/0/20")
        for network in ("table.linear", "table.fm", "table.deepfm"):
            found[network] = run = ws.path / "runs" / network
            run.mkdir(parents=True)
            (run / "run.json").write_text(json.dumps({"version": version.id, "graph": "clicks"}), "utf-8")
            (run / "model.py").write_text(compile_graph(drawn(network, **QUICK)), "utf-8")
            fit(run, ws.path / "versions" / str(version.id), 0, Terminal())
    return found


def auc(trained: dict[str, Path], network: str, precision: str = "torch") -> float:
    scores = evaluate_predictor(load_predictor(trained[network], precision), read_table(trained["ws"], 1), "test")
    assert scores.main == "auroc"
    low, high = scores.intervals["auroc"]
    assert low < scores.accuracy < high
    assert scores.metrics["log_loss"] > 0
    assert 0 <= scores.metrics["calibration_error"] < 0.2
    return scores.accuracy


def test_a_factorization_machine_finds_pairs_and_deepfm_more_none_better_than_can_be(
    trained: dict[str, Path], tmp_path: Path
) -> None:
    best = make_clicks(tmp_path, 40_000)
    assert best.main_auc + 0.1 < best.pairs_auc < best.bayes_auc - 0.02
    linear, fm, deepfm = (auc(trained, f"table.{name}") for name in ("linear", "fm", "deepfm"))
    assert 0.6 < linear < best.main_auc + 0.03
    assert linear + 0.06 < fm < best.pairs_auc + 0.02
    assert fm < deepfm < best.bayes_auc + 0.02


def test_the_export_and_the_server_answer_as_the_trained_network_and_take_unknown_and_missing_values(
    trained: dict[str, Path],
) -> None:
    run = trained["table.deepfm"]
    export = export_run(run, trained["ws"], lambda *_: None)
    assert export.parity["probabilities"] < 1e-4
    assert list(export.precisions) == ["fp32"]
    assert auc(trained, "table.deepfm", "fp32") == pytest.approx(auc(trained, "table.deepfm"), abs=1e-4)
    known = {"user": "u001", "item": "i002", "place": "p0", "hour": "h003", "price": 20.0}
    odd = {"user": "nobody", "item": None, "place": "p000", "hour": "", "price": None, "more": [1]}
    wanted = load_predictor(run, "torch").predict_rows({name: [known[name], odd[name]] for name in known})
    server = Server(run / "export" / "fp32").wait_until_ready()
    try:
        told = server.post("/predict", json.dumps([known, {**odd, "more": 1}]).encode())[1]["predictions"]
        alone = server.post("/predict", json.dumps(known).encode())[1]
        columns = [
            {
                "name": name,
                "datatype": "FP32" if name == "price" else "BYTES",
                "shape": [2],
                "data": [known[name], odd[name]],
            }
            for name in known
        ]
        status, infer = server.post("/v2/models/clicks/infer", json.dumps({"inputs": columns}).encode())
        inputs = [one["name"] for one in server.get("/v2/models/clicks")[1]["inputs"]]
        lacking = server.post("/predict", b'{"user": "u001"}')
        wrong = server.post("/predict", json.dumps({**known, "price": "dear"}).encode())
        picture = server.post("/predict", b"\xff\xd8\xff\xe0")
    finally:
        server.stop()
    assert inputs == [*known, "rows"]
    for answer, expected in zip(told, wanted, strict=True):
        assert answer["scores"] == pytest.approx(expected.classification.scores, abs=1e-4)
    assert alone["scores"] == told[0]["scores"]
    assert "image" not in alone
    assert status == 200
    answers = {output["name"]: output["data"] for output in infer["outputs"]}
    assert answers["labels"] == [answer["label"] for answer in told]
    assert lacking[0] == wrong[0] == picture[0] == 400
    assert "There is no item, place, hour, price" in lacking[1]["error"]
    assert "price holds numbers" in wrong[1]["error"]


@pytest.mark.parametrize("network", NETWORKS)
def test_each_network_compiles_is_read_back_and_learns_a_step_of_real_rows(
    network: str, workspace: Workspace, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    kinds = random.choice(["a", "b", "c"], 40).tolist()
    click = [int(kind == "a") for kind in kinds]
    folder = table_of(workspace, kind=kinds, size=random.normal(size=40), part=halves(), click=click)
    graph = drawn(network, **{"data.ignored": "part", "train.batch": 8})
    code = compile_graph(graph)
    assert from_code(code, graph).graph == graph
    assert compile_graph(from_code(code).graph) == code
    (tmp_path / "model.py").write_text(code, "utf-8")
    module = load_module(tmp_path / "model.py")
    table = module.Data(folder, seed=1).data
    torch.manual_seed(0)
    model = module.Model(table.manifest().made_for, 2)
    batch = RowBatches(table.train, Training(batch=8), 1).batch(0)
    settings, before = model.configure_optimizers(), [value.clone() for value in model.parameters()]
    loss = model.training_step(batch, 0)["loss"]
    loss.backward()
    assert [name for name, value in model.named_parameters() if value.grad is None] == []
    settings["optimizer"].step()
    assert torch.isfinite(loss)
    assert any((value != old).any() for value, old in zip(model.parameters(), before, strict=True))


def test_a_batch_is_the_same_whoever_asks_for_it_and_an_epoch_has_each_row_once(workspace: Workspace) -> None:
    numbers = list(range(40))
    folder = table_of(
        workspace, size=[float(one) for one in numbers], part=halves(), click=[one % 2 for one in numbers]
    )
    rows = Table(folder, ignored="part").train
    batches = RowBatches(rows, Training(steps=9, batch=8), seed=3)
    later = RowBatches(rows, Training(steps=9, batch=8), seed=3, start=4)
    assert all(torch.equal(a.rows, b.rows) for a, b in zip([*batches][4:], later, strict=True))
    epoch = torch.cat([batches.batch(number).rows[:, 0, 1, 0] for number in range(5)])[:20]
    assert sorted(epoch.tolist()) == sorted(rows.tensor[:, 0, 1, 0].tolist())
    other = RowBatches(rows, Training(batch=8), seed=4).batch(0)
    assert not torch.equal(other.rows, batches.batch(0).rows)


def test_rare_and_unseen_categories_missing_values_and_outliers_have_places_that_train_rows_alone_decide(
    workspace: Workspace,
) -> None:
    size = [float(one) for one in range(19)] + [1e9] + [-1e9] * 20
    kind = ["a"] * 10 + ["b"] * 8 + ["rare", None] + ["only later"] * 20
    folder = table_of(workspace, kind=kind, size=size, part=halves(), click=[0, 1] * 20)
    spec = Table(folder, ignored="part", rare=2, clip=0.1).spec
    category, number = spec.columns
    assert category.values == ("a", "b")
    assert category.encode(["a", "b", "rare", "only later", None, " a "])[0].tolist() == [2, 3, 0, 0, 1, 2]
    slots, amounts = number.encode([0.0, 1e12, "", None, float("nan"), "3"])
    assert slots.tolist() == [0, 0, 1, 1, 1, 0]
    assert np.isfinite(amounts).all()
    assert abs(amounts[1]) < 5
    binned = Table(folder, ignored="part", bins=4).spec.columns[1]
    assert binned.encode([-1.0, 1e12, None])[0].tolist() == [2, 1 + binned.slots - 2, 1]
    hashed = Table(folder, ignored="part", buckets=5).spec.columns[0]
    assert hashed.slots == 7
    assert (
        ModelManifest.from_json(Table(folder, ignored="part").manifest().to_json()).table
        == Table(folder, ignored="part").spec
    )


def test_what_gives_the_answer_away_is_named(workspace: Workspace) -> None:
    random = np.random.default_rng(0)
    click = random.integers(0, 2, 400)
    columns = {
        "honest": random.normal(size=400), "clicked_at": [f"{'x' if one else 'y'}" for one in click],
        "seconds": click * 10 + random.normal(size=400), "ticket": [f"n{one}" for one in range(400)],
        "part": halves(400), "click": click,
    }  # fmt: skip
    notes = Table(table_of(workspace, **columns), ignored="part").notes
    assert len(notes) == 2
    assert "“clicked_at” says the same as “click” in every row" in notes[0]
    assert "“seconds” alone foretells “click” with an AUC of 1.000" in notes[1]
    assert "data.ignored=seconds" in notes[1]
    again = {
        "size": [float(one % 20) for one in range(80)],
        "part": halves(80),
        "click": [one % 2 for one in range(80)],
    }
    (twice,) = [
        one for one in Table(table_of(workspace, "again", **again), ignored="part").notes if "rows of val" in one
    ]
    assert twice.startswith("40 of 40 rows of val and test are in train as well")


def test_later_rows_never_train_and_groups_stay_together(workspace: Workspace, tmp_path: Path) -> None:
    made = make_clicks(tmp_path, 1000)
    by_time = read_table(workspace.path, create_table(workspace, "time", made.file, time="day").id)
    days = by_time.rows["day"].to_numpy()
    last = {split: days[by_time.splits == split].max() for split in ("train", "val")}
    assert last["train"] < days[by_time.splits == "val"].min()
    assert last["val"] < days[by_time.splits == "test"].min()
    by_group = read_table(workspace.path, create_table(workspace, "group", made.file, group="user").id)
    users = [
        set(np.array(by_group.rows["user"].to_pylist())[by_group.splits == one]) for one in ("train", "val", "test")
    ]
    assert all(users)
    assert not (users[0] & users[1] | users[0] & users[2] | users[1] & users[2])
    assert create_table(workspace, "time", made.file, time="day").id == 1  # the same again
    assert [version.is_table for version in list_versions(workspace)] == [True, True]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([1] * 40, "has only 1 in all rows"),
        ([one % 3 for one in range(40)], "has 3 values"),
        ([1] * 20 + [0] * 20, "All rows of the split “train” have “click” = 1"),
        ([None] * 20 + [0, 1] * 10, "The split “train” has no rows whose target is known"),
    ],
)
def test_a_target_from_which_nothing_can_be_learnt_is_named(
    answers: list[Any], said: str, workspace: Workspace
) -> None:
    folder = table_of(workspace, size=[float(one) for one in range(40)], part=halves(), click=answers)
    with pytest.raises(BadInput, match=said):
        Table(folder, ignored="part")


def test_files_columns_and_splits_that_are_none_are_named(workspace: Workspace, tmp_path: Path) -> None:
    for name, text in (("empty.csv", "a,b\n"), ("notes.txt", "hello"), ("broken.parquet", "PAR1")):
        (tmp_path / name).write_text(text)
        with pytest.raises(BadInput, match=name):
            create_table(workspace, "v", tmp_path / name)
    made = make_clicks(tmp_path, 200)
    with pytest.raises(UsageError, match="no column “when”"):
        create_table(workspace, "v", made.file, time="when")
    with pytest.raises(BadInput, match="holds string, no times"):
        create_table(workspace, "v", made.file, time="user")
    with pytest.raises(BadInput, match="Row 1: “user” says"):
        create_table(workspace, "v", made.file, by="user")
    folder = workspace.path / "versions" / str(create_table(workspace, "v", made.file).id)
    with pytest.raises(BadInput, match="no column “buyer”"):
        Table(str(folder), target="buyer")
    with pytest.raises(BadInput, match="user holds numbers"):
        Table(str(folder), numbers="user")


def fold_rows(ws: Workspace, folder: str, count: int, **how: Any) -> list[tuple[set[int], set[int]]]:
    """The numbers of the rows of train and of val in each fold."""
    found = []
    for fold in range(count):
        table = Table(folder, **how)
        rotate_rows(table, fold, count)
        found.append((set(table.train.numbers.tolist()), set(table.val.numbers.tolist())))
    return found


def test_each_row_is_val_once_and_columns_are_learnt_of_the_other_folds(workspace: Workspace) -> None:
    columns = {"size": [float(one) for one in range(80)], "lot": [f"n{one // 2}" for one in range(80)]}
    folder = table_of(workspace, part=halves(80), click=[int(one % 4 == 0) for one in range(80)], **columns)
    folds = fold_rows(workspace, folder, 3, ignored="part", target="click")
    assert sorted(number for _, val in folds for number in val) == list(range(60))  # test rows stay out
    assert all(not train & val and len(train | val) == 60 for train, val in folds)
    assert all(len([number for number in val if number % 4 == 0]) == 5 for _, val in folds)
    table = Table(folder, ignored="part", rare=1, target="click")
    rotate_rows(table, 0, 3)
    known = {f"n{number // 2}" for number in table.train.numbers.tolist()}
    assert set(table.spec.columns[1].values) == known
    assert len(known) < 40
    with pytest.raises(BadInput, match="need 70 rows in train and val; there are 60"):
        rotate_rows(table, 0, 70)


def test_folds_keep_groups_together_and_never_learn_from_what_is_later(workspace: Workspace, tmp_path: Path) -> None:
    made = make_clicks(tmp_path, 1000)
    version = create_table(workspace, "group", made.file, group="user")
    users = read_table(workspace.path, version.id).rows["user"].to_pylist()
    for train, val in fold_rows(workspace, str(workspace.path / "versions" / str(version.id)), 3):
        assert not {users[number] for number in train} & {users[number] for number in val}
    version = create_table(workspace, "time", made.file, time="day")
    days = read_table(workspace.path, version.id).rows["day"].to_pylist()
    folds = fold_rows(workspace, str(workspace.path / "versions" / str(version.id)), 3)
    for train, val in folds:
        assert max(days[number] for number in train) < min(days[number] for number in val)
    assert len(folds[0][0]) < len(folds[1][0]) < len(folds[2][0])


def test_a_run_in_folds_measures_each(workspace: Workspace, tmp_path: Path) -> None:
    made = make_clicks(tmp_path, 600)
    version = workspace.path / "versions" / str(create_table(workspace, "clicks", made.file).id)
    (tmp_path / "model.py").write_text(compile_graph(drawn("table.linear", **QUICK | {"train.steps": 4})), "utf-8")
    result = run_folds(tmp_path, 2, Terminal(), lambda place, tell, fold: fit(place, version, 0, tell, fold=fold))
    assert set(result["metrics"]) == {"val_auroc", "val_log_loss"}
    assert [fold["items"]["train"] + fold["items"]["val"] for fold in result["folds"]] == [510, 510]


def test_a_category_told_by_the_target_never_tells_a_row_its_own_answer(workspace: Workspace) -> None:
    random = np.random.default_rng(0)
    ticket, kind = [f"n{one // 2}" for one in range(2000)], random.choice(["a", "b"], 2000)
    click = (random.random(2000) < np.where(kind == "a", 0.8, 0.3)).astype(int).tolist()
    folder = table_of(workspace, kind=kind.tolist(), ticket=ticket, part=["train"] * 1500 + ["val"] * 500, click=click)
    table = Table(folder, ignored="part", encoding="target", rare=1)
    by_kind, by_ticket = table.spec.columns
    assert (by_kind.slots, by_ticket.slots) == (2, 2)
    rates = dict(zip(by_kind.values, by_kind.rates[2:], strict=True))
    assert rates["a"] == pytest.approx(np.log(0.8 / 0.2), abs=0.3)
    assert rates["b"] == pytest.approx(np.log(0.3 / 0.7), abs=0.3)
    own = by_ticket.encode(ticket[:1500])[1]
    assert auroc(np.array(click[:1500]) == 1, own)[0] > 0.8  # with its own answer in it
    assert abs(auroc(table.train.labels == 1, table.train.tensor[:, 0, 1, 1])[0] - 0.5) < 0.06  # without
    assert auroc(table.val.labels == 1, table.val.tensor[:, 0, 1, 0])[0] > 0.7
    slots, amounts = by_kind.encode(["a", "nobody", None])
    assert slots.tolist() == [0, 0, 0]
    assert amounts[1] == amounts[2] == pytest.approx(0, abs=0.3)  # as all rows together
    assert ModelManifest.from_json(table.manifest().to_json()).table == table.spec


def test_a_version_says_what_its_columns_are_for_and_which_value_is_good(workspace: Workspace, tmp_path: Path) -> None:
    columns = {
        "size": np.arange(60.0),
        "code": list("xy") * 30,
        "late": [0, 1] * 30,
        "crack": ["no", "yes", "yes"] * 20,
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    roles = Roles("crack, late", "code", "yes")
    version = create_table(workspace, "roles", tmp_path / "t.parquet", roles=roles)
    table = Table(str(workspace.path / "versions" / str(version.id)))
    assert [target.name for target in table.targets] == ["crack", "late"]
    assert table.labels == ("yes", "no")
    assert [column.name for column in table.spec.columns] == ["size"]
    assert ModelManifest.from_json(table.manifest().to_json()).table.good == "yes"
    alone = Table(str(workspace.path / "versions" / str(version.id)), target="late")
    assert {column.name for column in alone.spec.columns} == {"size", "crack"}
    assert alone.notes[0] == "No row says “yes”, which is to mean a good part."
    assert create_table(workspace, "roles", tmp_path / "t.parquet", roles=roles).id == version.id
    with pytest.raises(VersionExists):
        create_table(workspace, "roles", tmp_path / "t.parquet", roles=Roles("late"))
    with pytest.raises(UsageError, match="no column “lost”"):
        create_table(workspace, "other", tmp_path / "t.parquet", roles=Roles("lost"))


def test_the_rows_of_a_version_are_read_a_few_at_a_time(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "GROUP", 100)
    made = make_clicks(tmp_path, 1000)
    version = create_table(workspace, "clicks", made.file)
    whole, pages = read_table(workspace.path, version.id), Pages(workspace.path, version.id)
    assert (pages.count, pages.columns) == (1000, whole.rows.column_names)
    found = pages.read(95, 310)
    assert [row[0] for row in found] == whole.splits[95:310].tolist()
    assert [row[1:] for row in found] == [list(one.values()) for one in whole.rows.slice(95, 215).to_pylist()]
    assert len(pages.read(990, 1400)) == 10
