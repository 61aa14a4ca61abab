"""What was measured of a model, as sections of its card: figures, money, curves, mistakes, groups, robustness, speed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.data.report import svg
from engine.data.report.page import Figure, Section, Table
from engine.serving.manifest import OBJECTS

if TYPE_CHECKING:
    from engine.data.report.words import Words
    from engine.evaluation.expectations import Verdict
    from engine.evaluation.outcomes import Value
    from engine.packaging.card.card import Subject

WORST = 8
NAMES = {
    "map50": "mAP@.5", "map": "mAP@[.5:.95]", "map33": "mAP@.33", "ap50": "AP@.5", "ap": "AP@[.5:.95]", "ap33": "AP@.33",
    "precision": "Precision", "recall": "Recall", "f1": "F1", "missed": "Missed", "false_reject": "False rejects",
    "mislabelled": "Found with a wrong label", "false_per_image": "False detections per image",
    "missed_images": "Bad images passed", "false_reject_images": "Good images rejected", "accuracy": "Accuracy",
    "macro_f1": "F1, mean of labels", "miou": "mIoU", "dice": "Dice", "iou": "IoU", "pixel_accuracy": "Pixels that are right",
    "auroc": "AUROC of images", "pixel_auroc": "AUROC of pixels", "log_loss": "Log loss",
    "calibration_error": "Calibration error", "image_iou": "IoU, mean of images", "items": "Items", "objects": "Objects",
    "mean_ap": "mAP", "micro_f1": "F1, all labels together", "exact": "Images with all labels right",
}  # fmt: skip
OF_ROWS = {
    "missed": "Missed, of the bad parts", "false_reject": "False rejects, of the good parts", "auroc": "AUROC", "items": "Rows",
}  # fmt: skip
OF_OBJECTS = {"missed": "Missed, of the true objects", "false_reject": "False rejects, of all that is reported"}
OF_LABELS = {
    "missed": "Missed, of the true labels",
    "false_reject": "False rejects, of the said labels",
    "objects": "Labels",
}
OF_IMAGES = {"missed": "Missed, of the bad images", "false_reject": "False rejects, of the good images"}
SHARES = ("missed", "false_reject", "mislabelled", "missed_images", "false_reject_images", "accuracy", "exact")
DISTURBANCES = {
    "darker": "Darker", "brighter": "Brighter", "contrast": "Less contrast", "blur": "Blur", "noise": "Noise",
    "rotation": "Rotation", "jpeg": "JPEG", "dirt": "Dirt on the lens",
}  # fmt: skip
KINDS = {
    "localisation": "Off the place", "classification": "Wrong label", "both": "Off, and wrong label",
    "duplicate": "Reported twice", "background": "Where nothing is", "missed": "Missed",
}  # fmt: skip


def name_of(words: Words, task: str, name: str) -> str:
    """A figure as a quality engineer calls it, with what it is a share of."""
    judged = dict.fromkeys(("classification", "anomaly"), OF_IMAGES)
    own = {"tabular": OF_ROWS, "multilabel": OF_LABELS, **judged}.get(task, OF_OBJECTS)
    return words(own.get(name) or NAMES.get(name) or DISTURBANCES.get(name) or name)


def shown(name: str, value: float | None) -> str:
    """A figure as text: shares in percent, counts whole."""
    if value is None:
        return "–"
    if name in ("items", "objects"):
        return f"{value:,.0f}"
    return f"{value:.1%}" if name in SHARES else f"{value:.3f}"


def figures(subject: Subject) -> Section | None:
    """All figures with their intervals, and those of each label."""
    evaluation, words, row = subject.evaluation, subject.words, subject.row
    if evaluation is None or row is None:
        return None
    summary, task = evaluation.summary, evaluation.summary["task"]
    intervals = summary.get("intervals", {})
    rows = [
        (name_of(words, task, name), shown(name, value), _between(name, *intervals.get(name, (None, None))),
         "" if value is not None else words("this split cannot tell"))
        for name, value in summary["metrics"].items()
    ]  # fmt: skip
    columns = list(dict.fromkeys(key for values in summary["per_class"].values() for key in values))
    labels = [
        (label, *(shown(key, values.get(key)) for key in columns)) for label, values in summary["per_class"].items()
    ]
    text = words(
        "Measured on the split {0} of {1}, computed as {2}, at the threshold {3}; intervals hold 95 % (bootstrap over the items).",
        words(row.split), summary.get("version", "–"), row.precision, f"{summary['threshold']:.2f}",
    )  # fmt: skip
    heads = (words("Figure"), words("Value"), words("95 % interval"), "")
    by_label = Table((words("Label"), *(words(NAMES.get(key, key)) for key in columns)), labels)
    return Section("figures", words("Figures"), text, tables=[Table(heads, rows), by_label])


def verdicts(subject: Subject) -> list[Verdict]:
    """How the model stands against what is expected; empty without expectations."""
    from engine.packaging.gate import check_model

    if subject.expected is None or subject.row is None:
        return []
    return check_model(subject.ws, subject.model.id, subject.row.version_id, subject.expected).verdicts


def expectations(subject: Subject) -> Section | None:
    """Each expectation, met or not."""
    words, found = subject.words, verdicts(subject)
    if not found:
        subject.lacks("Expectations", f"lineside model card {subject.model.title} --expect FILE")
        return None
    asked = {
        "at_least": "at least {0}",
        "at_most": "at most {0}",
        "holds": "holds to {0}",
        "worse_by": "worse by at most {0}",
    }
    rows = [
        ((words("met"), "good") if one.passed else (words("not met"), "bad"),
         ": ".join(filter(None, (one.part, name_of(words, subject.model.task, one.figure)))),
         words(asked[one.kind], f"{one.bound:g}"), "–" if one.found is None else f"{one.found:.4g}", _why(words, one))
        for one in found
    ]  # fmt: skip
    failed = sum(not one.passed for one in found)
    text = words("{0} of {1} expectations are not met.", failed, len(found)) if failed else words("All {0} expectations are met.", len(found))  # fmt: skip
    heads = ("", words("What"), words("Asked"), words("Found"), words("Why"))
    return Section("expectations", words("Expectations"), text, tables=[Table(heads, rows)])


def price(subject: Subject) -> Section | None:
    """Thresholds, and what they cost on the line."""
    from engine.evaluation.money import unseen

    words, money = subject.words, subject.money
    if money is None:
        subject.lacks("Thresholds and money", words("It needs an evaluation with bad and with good parts."))
        return None
    costs, unit = money.costs, money.costs.currency
    points = [(words("In use"), money.now), (words("Cheapest"), money.best)]
    points += [(words("By label"), money.labelled)] if money.labelled else []
    rows = []
    for name, point in points:
        day = money.day(point)
        rows.append((name, "–" if point.threshold is None else f"{point.threshold:.2f}", f"{day.missed:,.1f}",
                     f"{day.false_reject:,.1f}", f"{unit} {day.money:,.0f}", f"{day.low:,.0f} – {day.high:,.0f}"))  # fmt: skip
    heads = (
        words("Threshold"),
        "",
        words("Missed a day"),
        words("Falsely rejected a day"),
        words("Money a day"),
        "95 %",
    )
    text = words(
        "A miss costs {0} {1}, a false reject {0} {2}; {3} parts a shift, {4} shifts a day, {5} of them bad ({6}). Seen: {7} bad and {8} good parts.",
        unit, f"{costs.miss:g}", f"{costs.false_reject:g}", f"{costs.parts_per_shift:,}", f"{costs.shifts_per_day:g}",
        f"{money.bad_share:.2%}", words("as in this split" if costs.bad_share is None else "as given"), money.bad, money.good,
    )  # fmt: skip
    if not money.best.missed:
        text += " " + words("No miss was seen at the cheapest threshold; with so few bad parts up to {0} may still pass (95 %).", f"{unseen(money.bad):.1%}")  # fmt: skip
    if not money.best.false_reject:
        text += " " + words("No false reject was seen there; with so few good parts up to {0} may still be rejected (95 %).", f"{unseen(money.good):.1%}")  # fmt: skip
    title = words("Money a shift over the threshold")
    points_ = [(float(one.threshold or 0), one.money) for one in money.curve]
    marks = [(float(money.best.threshold or 0), words("cheapest")), (float(money.now.threshold or 0), words("in use"))]
    drawn = svg.lines(title, [(title, points_, "")], words("threshold"), f"{unit}",
                      band=[(float(one.threshold or 0), one.low, one.high) for one in money.curve], marks=marks)  # fmt: skip
    curve = Figure("money", title, drawn, ("threshold", "money", "low", "high"),
                   [(one.threshold, one.money, one.low, one.high) for one in money.curve])  # fmt: skip
    tables = [Table(heads, rows)]
    if money.labels:
        own = [(one.label, f"{one.threshold:.2f}", one.parts, f"{costs.miss_of(one.label):g}", f"{costs.false_of(one.label):g}")
               for one in money.labels]  # fmt: skip
        label_heads = (words("Label"), words("Threshold"), words("Bad parts seen"), words("A miss costs"), words("A false reject costs"))  # fmt: skip
        tables.append(Table(label_heads, own))
    return Section("money", words("Thresholds and money"), text, [curve], tables)


def confusion(subject: Subject) -> Section | None:
    """True against predicted."""
    evaluation, words = subject.evaluation, subject.words
    if evaluation is None:
        return None
    labels = [words("(none)") if label == "(none)" else label for label in evaluation.labels]
    matrix = [[float(value) for value in row] for row in evaluation.matrix]
    title = words("Confusion: true by row, predicted by column")
    drawn = svg.grid(title, matrix, labels, labels, numbers=True)
    rows = [(label, *map(int, row)) for label, row in zip(labels, matrix, strict=True)]
    return Section(
        "confusion", words("Confusion"), figures=[Figure("confusion", title, drawn, ("true", *labels), rows)]
    )


def curves(subject: Subject) -> Section | None:
    """Precision over recall of each label."""
    from engine.data.records import read_labels

    evaluation, words = subject.evaluation, subject.words
    if evaluation is None:
        return None
    colors = {label.name: label.color for label in read_labels(subject.ws)}
    lines, rows = [], []
    for label in evaluation.labels[:-1]:
        curve = evaluation.curve(label)
        points = [(r, p) for r, p in zip(curve["recall"], curve["precision"], strict=True) if None not in (r, p)]
        if points:
            lines.append((label, points, colors.get(label, "")))
            rows += [(label, *point) for point in points]
    if not lines:
        return None
    title = words("Precision over recall")
    drawn = svg.lines(title, lines, words("Recall"), words("Precision"), (0, 1, 0, 1))
    return Section("curves", title, figures=[Figure("precision", title, drawn, ("label", "recall", "precision"), rows)])


def calibrated(subject: Subject) -> Section | None:
    """Whether scores can be believed, and how bad images stand apart from good ones."""
    from engine.evaluation.certainty import calibration, roc

    evaluation, words = subject.evaluation, subject.words
    if evaluation is None:
        return None
    found, curve = calibration(evaluation), roc(evaluation)
    rows = [(f"{one.low:.1f} – {one.high:.1f}", one.count, f"{one.said or 0:.3f}", f"{one.right or 0:.3f}") for one in found.bins if one.count]  # fmt: skip
    if not rows and found.bins:
        subject.lacks("Calibration", words("Nothing was reported at this threshold."))
    if not rows and curve is None:
        return None
    title = words("Said and right, by score")
    said = [(one.said, one.right) for one in found.bins if one.said is not None and one.right is not None]
    drawn = svg.lines(title, [(words("this model"), said, ""), (words("as it should be"), [(0, 0), (1, 1)], "#98a2b3")],
                      words("score"), words("share that is right"), (0, 1, 0, 1))  # fmt: skip
    figures = [Figure("calibration", title, drawn, ("said", "right"), said)] if rows else []
    text = words("Expected calibration error: {0}.", f"{found.error:.3f}") if found.error is not None else ""
    if curve is None:
        subject.lacks("ROC", words("It needs bad and good images in the split."))
    else:
        text = f"{text} {words('Area below the ROC curve: {0}.', _value('auroc', curve.auc))}".strip()
        name = words("Bad images rejected over good ones rejected (ROC)")
        points = [(false, right) for false, right, _ in curve.points]
        drawn = svg.lines(name, [("ROC", points, "")], words("of the good"), words("of the bad"), (0, 1, 0, 1))
        figures.append(Figure("roc", name, drawn, ("false", "found", "threshold"), curve.points))
    heads = (words("Score"), words("Answers"), words("Says"), words("Is right"))
    return Section("calibration", words("Calibration"), text, figures, [Table(heads, rows)] if rows else [])


def mistakes(subject: Subject) -> Section | None:
    """Kinds of mistake of a detector."""
    from engine.evaluation.errors import error_types

    evaluation, words = subject.evaluation, subject.words
    if evaluation is None or evaluation.summary["task"] not in OBJECTS:
        return None
    kinds = error_types(evaluation)
    rows = [(words(KINDS[kind.name]), kind.count, f"{kind.gain:+.3f}", len(kind.items)) for kind in kinds]
    heads = (words("Mistake"), words("Count"), words("mAP@.5 gained if mended"), words("Images"))
    title = words("Kinds of mistake")
    return Section("mistakes", title, words("After TIDE (Bolya et al. 2020)."), tables=[Table(heads, rows)])


def groups(subject: Subject) -> Section | None:
    """Objects by size, and items by what was asked for."""
    from engine.evaluation.slices import by_expression, by_size

    evaluation, words = subject.evaluation, subject.words
    if evaluation is None:
        return None
    tables = []
    if evaluation.summary["task"] in OBJECTS:
        tables.append(_groups(words, words("Size of the object"), by_size(evaluation), words("Objects")))
    tables += [_groups(words, one, by_expression(subject.ws, evaluation, one), words("Items")) for one in subject.by]
    if not tables and evaluation.summary["task"] == "tabular":
        return None
    if not tables:
        subject.lacks("Groups of items", f"lineside model card {subject.model.title} --by SQL")
        return None
    return Section("groups", words("Groups"), tables=tables)


def robust(subject: Subject) -> Section | None:
    """How far it stands disturbances."""
    from engine.evaluation.robustness import read_robustness

    words, row = subject.words, subject.row
    if subject.model.task == "tabular":  # nothing disturbs rows
        return None
    found = read_robustness(subject.model.folder, row.version_id, row.split, row.precision) if row is not None else None
    if found is None:
        subject.lacks("Robustness", f"lineside robustness {subject.model.title} --version V")
        return None
    rows = [
        (words(DISTURBANCES.get(one.name, one.name)), words(one.unit), " · ".join(f"{at.level:g}: {at.value:.3f}" for at in one.levels),
         (words("holds"), "good") if one.breaks_at is None else (words("breaks at {0}", f"{one.breaks_at:g}"), "bad"))
        for one in found.strains
    ]  # fmt: skip
    text = words("{0} undisturbed: {1}, on {2} items; broken is what loses more than 5 points.", words(NAMES.get(found.main, found.main)), f"{found.base:.3f}", found.items)  # fmt: skip
    heads = (words("Disturbance"), words("Unit"), words("From weak to strong"), "")
    return Section("robustness", words("Robustness"), text, tables=[Table(heads, rows)])


def worst(subject: Subject) -> Section | None:
    """The items with the worst mistakes, as pictures."""
    from engine.packaging.card.drawing import mistakes_svg

    evaluation, words = subject.evaluation, subject.words
    if evaluation is None:
        return None
    rows = sorted((row for row in evaluation.items if row["error"] > 0), key=lambda row: -row["error"])[:WORST]
    if not rows:
        return Section("worst", words("Worst mistakes"), words("None was seen."))
    if evaluation.summary["task"] == "tabular":
        heads = (words("Row"), words("True"), words("Predicted"), words("Score"))
        told = [(row["name"], ", ".join(row["truth"]), ", ".join(row["predicted"]), shown("score", row["score"])) for row in rows]  # fmt: skip
        return Section("worst", words("Worst mistakes"), tables=[Table(heads, told)])
    title = words("True → predicted; dashed green: true, red: wrong, blue: right")
    figure = Figure("worst", title, mistakes_svg(subject.ws, evaluation, rows, title), ("item", "error"),
                    [(row["name"], round(row["error"], 4)) for row in rows])  # fmt: skip
    return Section("worst", words("Worst mistakes"), figures=[figure])


def artifacts(subject: Subject) -> Section | None:
    """What was exported and packaged: loss and speed of each precision, digests of the images."""
    from engine.packaging.artifacts import list_artifacts
    from engine.packaging.export import read_export

    words, model = subject.words, subject.model
    export = read_export(model.folder)
    mine = [one for one in list_artifacts(subject.ws) if one.model_id == model.id]
    if export is None:
        quantize = "" if model.task == "tabular" else f"; lineside quantize {model.title}"
        subject.lacks("Speed and quantisation", f"lineside export {model.title}{quantize}")
    elif "int8" not in export["precisions"] and model.task != "tabular":
        subject.lacks("INT8", export.get("rejected", {}).get("int8") or f"lineside quantize {model.title}")
    if not mine:
        subject.lacks("Packaged artifact", f"lineside package {model.title}")
    if export is None and not mine:
        return None
    found = Section("artifacts", words("Exported and packaged"))
    if export is not None:
        found.text = words(
            "Measured on {0}; the network alone, one image or row after the other.", export.get("machine", "–")
        )
        found.tables.append(_precisions(words, export))
    if mine:
        rows = [(one.digest, one.platforms, one.precision, f"{one.bytes / 1e6:.1f} MB", f"{one.created:%Y-%m-%d %H:%M}") for one in mine]  # fmt: skip
        heads = (words("Digest"), words("Platform"), words("Computed as"), words("Size"), words("Made"))
        found.tables.append(Table(heads, rows))
    return found


def _why(words: Words, verdict: Verdict) -> str:
    """Why an expectation is not met, or what was judged."""
    if verdict.reason == "breaks":
        return words("breaks at {0}", f"{verdict.at:g}")
    known = {
        "cannot_tell": "this split cannot tell",
        "not_measured": "not measured",
        "nothing_bad": "no bad item to judge by",
    }
    return words(known[verdict.reason]) if verdict.reason in known else verdict.note


def _precisions(words: Words, export: Mapping[str, Any]) -> Table:
    rows = []
    for name, one in export["precisions"].items():
        lost = "–" if one.get("drop_pt") is None else f"{one['drop_pt']:.2f}"
        main = "–" if one.get("accuracy") is None else f"{one['accuracy']:.2f}"
        chosen = words("chosen") if name == export.get("chosen") else ""
        rows.append((name.upper(), main, lost, f"{one['latency_ms']:.2f}", f"{one['throughput']:.0f}", f"{one['speedup']:.2f}", chosen))  # fmt: skip
    heads = (words("Computed as"), words("Main figure, points"), words("Points lost"), "ms", words("Images or rows a second"), words("× FP32"), "")  # fmt: skip
    return Table(heads, rows)


def _groups(words: Words, title: str, found: Any, counted: str) -> Table:
    names = list(found[0].figures) if found else []
    rows = [(group.name, group.count, *(_value(name, group.figures[name]) for name in names)) for group in found]
    return Table((title, counted, *(words(NAMES.get(name, name)) for name in names)), rows)


def _value(name: str, value: Value) -> str:
    between = _between(name, value["low"], value["high"])
    return shown(name, value["value"]) + (f" ({between})" if between else "")


def _between(name: str, low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{shown(name, low)} – {shown(name, high)}"
