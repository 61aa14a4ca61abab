"""Commands for sweeps. Listing and showing read folders only, so they work while a window holds the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cli.command import DETACH, Answer, Call, Folder, argument, command, group
from app.cli.text import cell, moment, plural, table
from engine.training.sweeps import PRUNERS

if TYPE_CHECKING:
    from engine.training.sweeps.sweeps import Sweep, Trial

group("sweep", "try many values of a model graph: start, list, show, apply, keep")
SWEEP = argument("sweep", metavar="SWEEP", help="id, how it begins, or the name (its newest)")
TRIAL = argument("--trial", type=int, metavar="N", help="another trial than the best")
SPACE = argument(
    "--space",
    action="append",
    default=[],
    metavar="NODE.PARAM=VALUES",
    help="values to try: optimiser.rate='0.0005..0.05 log', backbone.width=16,32,64, train.batch=4..32,"
    " backbone=backbone.small,backbone.resnet (another type of component); optimiser.rate alone takes a usual range",
)


@command(
    "sweep start",
    argument("graph", metavar="GRAPH", help="name of a model graph"),
    argument("--version", required=True, metavar="V", help="dataset version"),
    SPACE,
    argument("--trials", type=int, metavar="N", help="so many trials"),
    argument("--minutes", type=float, metavar="M", help="no trial begins that would not end in this time"),
    argument("--parallel", type=int, default=1, metavar="N", help="trials at a time (default 1); they share the cores"),
    argument("--pruner", default="median", choices=PRUNERS, help="what stops a hopeless trial early (default median)"),
    argument("--figure", default="", metavar="F", help="what is made large, as val_map (default: val_map50, val_accuracy)"),
    argument("--seed", type=int, default=0, help="of the trials and of the choice of values (default 0)"),
    argument("--name", default="", help="default: that of the graph"),
    DETACH,
)  # fmt: skip
def start(call: Call) -> Answer:
    """Try values of a model graph, each in a training of its own; hopeless ones are stopped early."""
    from engine.training.sweeps.sweeps import start_sweep

    options = call.options
    job = start_sweep(
        call.workspace(), options.graph, options.version, options.space, trials=options.trials, minutes=options.minutes,
        parallel=options.parallel, pruner=options.pruner, figure=options.figure, seed=options.seed, name=options.name,
    )  # fmt: skip
    return call.run_or_detach(job, lambda result: answer(_find(call, result["sweep"])))


@command("sweep list")
def list_all(call: Call) -> Answer:
    """List the sweeps, newest first."""
    from engine.training.sweeps.sweeps import list_sweeps

    place = Folder(call.folder())
    documents = [_line(place, sweep) for sweep in list_sweeps(place)]
    rows = [[d["id"], d["state"], d["trials"], d["stopped"], d["figure"], d["best"], moment(d["created"])] for d in documents]  # fmt: skip
    heads = ["id", "state", "trials", "stopped early", "figure", "best", "created"]
    empty = "No sweeps yet; begin one with: lineside sweep start GRAPH --version V --space optimiser.rate --trials 12"
    return Answer(documents, table(heads, rows, empty=empty))


@command(
    "sweep show", SWEEP, argument("--language", default="en", choices=("en", "zh"), help="of the report (default en)")
)
def show(call: Call) -> Answer:
    """Show a sweep: its trials, the best one, and how much each parameter decides."""
    return answer(_find(call, call.options.sweep), call.options.language)


@command("sweep apply", SWEEP, TRIAL)
def apply(call: Call) -> Answer:
    """Write the values of the best trial, or of another one, into the model graph."""
    from engine.training.sweeps.sweeps import apply_best, best_of

    sweep = _find(call, call.options.sweep)
    changes = apply_best(call.workspace(), sweep.id, call.options.trial)
    trial = best_of(sweep.trials) if call.options.trial is None else sweep.trial(call.options.trial)
    assert trial is not None
    (graph,) = changes.graphs
    document = {"graph": graph, "sweep": sweep.id, "trial": trial.number, "values": trial.values}
    return Answer(document, f"“{graph}” has the values of trial {trial.number} now: {_values(trial)}.")


@command("sweep keep", SWEEP, argument("trial", type=int, metavar="N", help="number of the trial"))
def keep(call: Call) -> Answer:
    """Make a model of a trial that ended; that of the best one is made by itself."""
    from engine.training.models import get_model
    from engine.training.sweeps.sweeps import keep_trial

    sweep = _find(call, call.options.sweep)
    keep_trial(call.workspace(), sweep.id, call.options.trial)
    model = get_model(call.workspace(), sweep.trial(call.options.trial).run)
    return Answer(
        {"model": model.title, "metrics": model.metrics}, f"Trial {call.options.trial} is the model {model.title}."
    )


def _find(call: Call, which: str) -> Sweep:
    from engine.training.sweeps.sweeps import get_sweep

    return get_sweep(Folder(call.folder()), which)


def _line(place: Folder, sweep: Sweep) -> dict[str, Any]:
    from engine.training.sweeps.sweeps import job_of

    job, trials, best = job_of(place, sweep.id), sweep.trials, sweep.best
    return {
        "id": sweep.id,
        "name": sweep.name,
        "kind": sweep.kind,
        "job": job.id if job else "",
        "state": job.status().state if job else "",
        "trials": len(trials),
        "stopped": sum(trial.state == "stopped" for trial in trials),
        "figure": sweep.figure,
        "best": best.value if best else None,
        "created": sweep.details.get("created", ""),
    }


def answer(sweep: Sweep, language: str = "en") -> Answer:
    """A sweep as a table of its trials with what follows from it."""
    best = sweep.best
    document = {
        **sweep.details,
        "id": sweep.id,
        "seconds": sweep.state.get("seconds"),
        "trials": [trial.to_json() for trial in sweep.trials],
        "most_trials": sweep.details.get("trials"),
        "importance": sweep.importance,
        "stages": [{"en": paragraph.en, "zh": paragraph.zh} for paragraph in sweep.stages],
        "best": best.number if best else None,
    }
    told = "\n".join(paragraph.of(language) for paragraph in sweep.stages)
    return Answer(document, "\n\n".join(filter(None, (told, _trials(sweep), _importance(sweep), _best(sweep)))))


def _trials(sweep: Sweep) -> str:
    keys = list(dict.fromkeys(key for trial in sweep.trials for key in trial.values))
    rows = [
        [trial.number, trial.state, trial.value, *(trial.values.get(key) for key in keys), len(trial.checks), trial.seconds, trial.why]
        for trial in sweep.trials
    ]  # fmt: skip
    return table(["trial", "state", sweep.figure, *keys, "checks", "s", ""], rows, empty="No trial has begun yet.")


def _importance(sweep: Sweep) -> str:
    rows = [[key, f"{share:.0%}"] for key, share in sweep.importance.items()]
    return table(["what decides", "share"], rows)


def _best(sweep: Sweep) -> str:
    best = sweep.best
    if best is None:
        return ""
    told = f"Best: trial {best.number} of {plural(len(sweep.trials), 'trial')}, {sweep.figure} {cell(best.value)}: {_values(best)}"
    if sweep.kind == "budget":
        return f"{told}\nIt is drawn as “{sweep.name}”."
    return f"{told}\nTake its values over with: lineside sweep apply {sweep.id}"


def _values(trial: Trial) -> str:
    return ", ".join(f"{key}={cell(value)}" for key, value in trial.values.items())
