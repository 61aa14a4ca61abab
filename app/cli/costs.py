"""What mistakes cost, as options of the commands that price thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cli.command import Call, argument, pairs

if TYPE_CHECKING:
    from engine.evaluation.costs import Costs
    from engine.training.models import ModelRow

COSTS = (
    argument("--cost-miss", "--miss", dest="miss", type=float, metavar="C", help="what a bad part that passes 漏检 costs"),
    argument(
        "--cost-false", "--false-reject", dest="false_reject", type=float, metavar="C",
        help="what a good part that is rejected 过杀 costs",
    ),
    argument("--currency", metavar="TEXT", help="such as ¥ or EUR"),
    argument("--parts-per-shift", type=int, metavar="N", help="how many parts come in a shift"),
    argument("--shifts-per-day", type=float, metavar="N", help="how many shifts a day has"),
    argument("--bad-share", metavar="SHARE", help="of the line's parts, such as 0.01 or 1%%; “split”: as in the split"),
    argument(
        "--label",
        action="append",
        default=[],
        metavar="LABEL=MISS[,FALSE]",
        help="costs of one label; LABEL= as of all",
    ),
    argument("--save", action="store_true", help="remember the costs for this model, and for those that come after"),
)  # fmt: skip


def costs_of(call: Call, model: ModelRow) -> Costs:
    """The costs that are remembered for a model with what was given in the call."""
    from engine.evaluation.costs import checked_costs, read_costs

    options = call.options
    values = read_costs(call.workspace(), model).model_dump()
    for name in ("miss", "false_reject", "currency", "parts_per_shift", "shifts_per_day"):
        values[name] = values[name] if (given := getattr(options, name)) is None else given
    if options.bad_share is not None:
        values["bad_share"] = None if options.bad_share == "split" else _share(options.bad_share)
    for label, text in pairs(options.label, "LABEL=MISS[,FALSE]"):
        miss, _, false = text.partition(",")
        values["labels"].pop(label, None)
        if text:
            values["labels"][label] = {"miss": miss or None, "false_reject": false or None}
    return checked_costs(**values)


def remember(call: Call, model: ModelRow, costs: Costs) -> None:
    """Remember the costs where that was asked for."""
    from engine.evaluation.costs import save_costs

    if call.options.save:
        save_costs(call.workspace(), model, costs)


def _share(text: str) -> Any:
    """A fraction, also of a percentage; what is none is left for the check of the costs to name."""
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return text
