"""How well models do: average precision, 漏检 and 过杀, thresholds, and from each figure the items behind it."""

from engine.evaluation.evaluate import evaluate_model
from engine.evaluation.results import Evaluation, EvaluationRow, list_evaluations, load_evaluation

__all__ = ["Evaluation", "EvaluationRow", "evaluate_model", "list_evaluations", "load_evaluation"]
