"""What a release may do otherwise than the one before it: the limits by which it is judged, as a plan states them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import BadInput

TestName = Literal["errors", "latency", "scores", "answers", "rejects", "disagreement"]
TESTS: tuple[TestName, ...] = ("errors", "latency", "scores", "answers", "rejects", "disagreement")


class Policy(BaseModel):
    """Which tests are made, and the smallest difference that matters to each; shares lie in [0, 1].

    Attributes:
        tests: `errors` and `latency` of requests; `scores`, `answers` (objects, labels) and `rejects` of images, against the
            old release on its share of the traffic and the rejects against its history, too; `disagreement` on the same
            images, where copies are compared.
        alpha: the chance of taking back a release that keeps to the limits, over all tests, looks and steps together.
        errors: how many more requests may fail.
        slower: how many times as long requests may take, and `slow_share` how many more may take longer than that.
        score_shift, drift: how far scores may lie elsewhere, and how large a share of the images may differ beyond.
        rejects: how many more or fewer parts may be called bad; fewer by half of the old share at most.
        rejects_before: lowest and highest share of rejects in the target's history; empty: as the old release did so far.
        disagreement: the mean of 1 − agreement on the same images.
        least, most: requests of the new release in a step: none is passed with fewer, each ends with so many.
        seconds: the longest time of a step.
        silent: so many looks without an answer end it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tests: tuple[TestName, ...] = TESTS
    alpha: float = Field(default=0.01, gt=0, lt=1)
    errors: float = Field(default=0.01, ge=0, lt=1)
    slower: float = Field(default=1.5, ge=1, le=100)
    slow_share: float = Field(default=0.05, ge=0, lt=1)
    score_shift: float = Field(default=0.1, ge=0, lt=1)
    drift: float = Field(default=0.15, ge=0, lt=1)
    rejects: float = Field(default=0.05, ge=0, lt=1)
    rejects_before: tuple[float, float] | None = None
    disagreement: float = Field(default=0.2, ge=0, lt=1)
    least: int = Field(default=50, ge=1)
    most: int = Field(default=500, ge=1)
    seconds: float = Field(default=3600, gt=0)
    silent: int = Field(default=6, ge=1)

    @staticmethod
    def of(values: Any) -> Policy:
        """From plain values.

        Raises:
            BadInput: it names the key that cannot be used.
        """
        try:
            return Policy.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise BadInput(f"The policy cannot be used: {where}: {first['msg']}.") from error

    @staticmethod
    def load(path: Path) -> Policy:
        """From a TOML or JSON file; limits that it does not name are the usual ones.

        Raises:
            BadInput: it cannot be read or used.
        """
        try:
            text = path.read_text("utf-8")
            values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        except OSError as error:
            raise BadInput(f"{path} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise BadInput(f"{path} is not a policy ({error}); give TOML, or JSON as FILE.json.") from error
        return Policy.of(values)
