"""Components that change the weights: optimisers, each with the course of its rate."""

from __future__ import annotations

from typing import Any, Literal

from engine.modeling.catalogue.base import ALL_TASKS, Component, Form, Port, Text, parameter

OPTIMISER = Port("optimiser", "optimiser", Text("How the weights are changed", "如何更新权重"))


def _rate(default: float) -> Any:
    return parameter(default, ("Learning rate", "学习率"), gt=0, le=1)


def _decay(default: float) -> Any:
    return parameter(default, ("Weight decay", "权重衰减"), ge=0, le=1)


def _momentum() -> Any:
    help = ("share of the last step that goes on", "沿用上一步的比例")
    return parameter(0.9, ("Momentum", "动量"), help, advanced=True, ge=0, lt=1)


class Rates(Form):
    """How high the rate is, how it goes, and for whom; each optimiser says its own defaults."""

    rate: float = _rate(0.003)
    weight_decay: float = _decay(0.02)
    warmup: float = parameter(
        0.05, ("Warm-up", "预热"), ("share of the steps", "占总步数的比例"), advanced=True, ge=0, le=0.5
    )
    schedule: Literal["cosine", "linear", "steps", "poly", "exponential", "flat", "restarts", "plateau", "constant"] = (
        parameter(
            "cosine",
            ("Course of the rate", "学习率变化"),
            (
                "after the warm-up; cosine with a warm-up of 0.3 is one cycle; steps: a tenth from 60 %, a hundredth from 85 %"
                " on; poly: the square of what is left; flat: a cosine from 70 % on; restarts: three cosines, each twice as"
                " long; plateau: a third whenever two checks on val bring nothing better",
                "预热之后；cosine 配合 0.3 的预热即单周期；steps：60 % 起降为十分之一，85 % 起降为百分之一；poly：剩余比例的平方；"
                "flat：70 % 起按余弦下降；restarts：三段余弦，每段加倍；plateau：连续两次验证无改善时降为三分之一",
            ),
            advanced=True,
        )
    )
    backbone_factor: float = parameter(
        1.0,
        ("Rate of the backbone ×", "主干学习率 ×"),
        ("below 1 for weights that are learnt already", "预训练权重宜小于 1"),
        advanced=True,
        ge=0,
        le=1,
    )


class Optimiser(Component):
    """What all of them have."""

    section = "optimiser"
    tasks = ALL_TASKS
    outputs = (OPTIMISER,)

    class Parameters(Rates):
        """Rates."""


class AdamW(Optimiser):
    """AdamW with a warm-up and a cosine decay."""

    type = "optimiser.adamw"
    title = Text("AdamW", "AdamW")
    help = Text(
        "Adam with decoupled weight decay; the rate warms up, then falls along a cosine.",
        "解耦权重衰减的 Adam；学习率先预热，再按余弦下降。",
    )
    call = "engine.training.optimisers:AdamW"


class NAdam(Optimiser):
    """Adam that looks ahead."""

    type = "optimiser.nadam"
    title = Text("NAdam", "NAdam")
    help = Text("Adam with a look ahead: often a little quicker at the beginning.", "带前瞻的 Adam：起步往往稍快。")
    call = "engine.training.optimisers:NAdam"

    class Parameters(Rates):
        """Rates."""

        rate: float = _rate(0.002)
        weight_decay: float = _decay(0.02)


class RAdam(Optimiser):
    """Adam that begins with care."""

    type = "optimiser.radam"
    title = Text("RAdam", "RAdam")
    help = Text(
        "Adam that holds back while it has seen little: for small batches.", "样本少时更谨慎的 Adam：适合小批量。"
    )
    call = "engine.training.optimisers:RAdam"


class SGD(Optimiser):
    """Gradient descent with momentum."""

    type = "optimiser.sgd"
    title = Text("SGD with momentum", "带动量的 SGD")
    help = Text(
        "The plain rule with a running start. Needs a well chosen rate, then often generalises best.",
        "带动量的基本规则。学习率选得好时泛化往往最好。",
    )
    call = "engine.training.optimisers:SGD"

    class Parameters(Rates):
        """Rates."""

        rate: float = _rate(0.05)
        weight_decay: float = _decay(0.0005)
        momentum: float = _momentum()


class RMSprop(Optimiser):
    """Steps by the size of the gradient."""

    type = "optimiser.rmsprop"
    title = Text("RMSprop", "RMSprop")
    help = Text(
        "Divides each step by the running size of its gradient; the rule that MobileNets were first learnt with.",
        "以梯度的滑动幅度归一化每一步；MobileNet 最初即用此规则训练。",
    )
    call = "engine.training.optimisers:RMSprop"

    class Parameters(Rates):
        """Rates."""

        rate: float = _rate(0.001)
        weight_decay: float = _decay(0.02)
        momentum: float = _momentum()


COMPONENTS = (AdamW, NAdam, RAdam, SGD, RMSprop)
