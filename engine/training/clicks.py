"""A table of clicks whose every effect is known: what models of tables are held against.

P(click) = σ(b + user + item + place + price + user kind × item kind + item kind × hour + user kind × item kind × hour): main
effects, two effects of pairs, and one of a triple. Kinds are hidden in the names of users and items, so that a model has to
find out which users are alike. With orders, some clicks end in one: P(order | click) = σ(b + ½ of the pairs above + user + item +
user kind × place), so that the two answers have causes in common and causes of their own. Each effect is centred, so that none of it shows in fewer columns than it is of. The best that any
model can reach, the AUC of P itself, is written beside the table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.workspace import write_atomically

if TYPE_CHECKING:
    import numpy as np

USERS, ITEMS, PLACES, HOURS, KINDS = 200, 100, 4, 6, 6
MAIN, PAIR, TRIPLE = 0.7, 1.3, 1.3  # standard deviations of the effects
MISSING = 0.05  # of prices
FILE, ABOUT = "clicks.parquet", "clicks.json"


@dataclass(frozen=True)
class Clicks:
    """What was made.

    Attributes:
        file: columns user, item, place, hour (text), price (number, some missing), day (number), click (0 or 1).
        bayes_auc: AUC of the true probabilities of these very rows: what no model can be expected to exceed.
        pairs_auc: the same of the true effects without that of the triple: what a model of pairs can reach at best.
        main_auc: the same of main effects alone: what a linear model can reach at best.
        order_auc: AUC of the true probabilities of orders; 0 where there are none.
    """

    file: Path
    bayes_auc: float
    pairs_auc: float
    main_auc: float
    order_auc: float = 0.0


def make_clicks(folder: Path, rows: int = 60_000, seed: int = 0, orders: bool = False) -> Clicks:
    """Draw a table from a seed into `folder`/clicks.parquet; the same call gives the same rows.

    Args:
        orders: with a second answer, the column “order” (0 or 1), which only a click can have.

    The effects depend on nothing but their own seed, so tables of several seeds are of one world.

    Raises:
        UsageError: fewer than 100 rows, or a negative seed.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from engine.errors import UsageError
    from engine.training.ranking import auroc

    if rows < 100 or seed < 0:
        raise UsageError("A table of clicks has 100 rows or more, and a seed from 0 on.")

    random = np.random.default_rng([seed, rows])
    codes = {name: random.integers(0, count, rows) for name, count in
             (("user", USERS), ("item", ITEMS), ("place", PLACES), ("hour", HOURS))}  # fmt: skip
    price = random.normal(0, 1, rows)
    main, pairs, triple = _effects(codes, price)
    chance = 1 / (1 + np.exp(-(main + pairs + triple)))
    click = (random.random(rows) < chance).astype(np.int64)
    shown: dict[str, Any] = {name: [f"{name[0]}{code:03d}" for code in values] for name, values in codes.items()}
    missing = random.random(rows) < MISSING
    shown["price"] = pa.array(np.round(np.exp(3 + 0.5 * price), 2), mask=missing)
    shown["day"] = np.sort(random.integers(1, 31, rows))
    shown["click"] = click
    best = [round(float(auroc(click == 1, score)[0]), 4) for score in (main + pairs + triple, main + pairs, main)]
    if orders:
        buys = 1 / (1 + np.exp(-(pairs / 2 + _own_effects(codes))))
        shown["order"] = click * (random.random(rows) < buys)
        best.append(round(float(auroc(shown["order"] == 1, chance * buys)[0]), 4))
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(shown), folder / FILE, compression="zstd")
    made = Clicks(folder / FILE, *best)
    about = {name: value for name, value in vars(made).items() if name != "file"}
    write_atomically(folder / ABOUT, (json.dumps({"rows": rows, "seed": seed, **about}, indent=2) + "\n").encode())
    return made


def _effects(codes: dict[str, np.ndarray[Any, Any]], price: np.ndarray[Any, Any]) -> tuple[Any, Any, Any]:
    """Main effects, those of pairs, and that of the triple, in logits, (N,) each."""
    import numpy as np

    world = np.random.default_rng(2010)
    of_users, of_items = _kinds(world)
    main = -0.5 - 0.4 * price
    for name, count in (("user", USERS), ("item", ITEMS), ("place", PLACES), ("hour", HOURS)):
        main += world.normal(0, MAIN, count)[codes[name]]
    user, item, hour = of_users[codes["user"]], of_items[codes["item"]], codes["hour"]

    pairs = _effect(world, PAIR, KINDS, KINDS)[user, item] + _effect(world, PAIR, KINDS, HOURS)[item, hour]
    return main, pairs, _effect(world, TRIPLE, KINDS, KINDS, HOURS)[user, item, hour]


def _own_effects(codes: dict[str, np.ndarray[Any, Any]]) -> Any:
    """Those of orders alone, in logits, (N,)."""
    import numpy as np

    of_users, _ = _kinds(np.random.default_rng(2010))
    world = np.random.default_rng(2011)
    own = 0.3 + _effect(world, PAIR, KINDS, PLACES)[of_users[codes["user"]], codes["place"]]
    for name, count in (("user", USERS), ("item", ITEMS)):
        own += world.normal(0, MAIN, count)[codes[name]]
    return own


def _kinds(world: np.random.Generator) -> Any:
    """The hidden kind of each user, and of each item."""
    import numpy as np

    return tuple(world.permutation(np.arange(count) % KINDS) for count in (USERS, ITEMS))


def _effect(world: np.random.Generator, std: float, *shape: int) -> Any:
    """Of what meets, centred in each direction."""
    drawn = world.normal(0, std, shape)
    for axis in range(len(shape)):
        drawn -= drawn.mean(axis, keepdims=True)
    return drawn
