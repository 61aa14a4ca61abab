"""Components that act beside the steps of a training: they end it, average weights, choose which are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from engine.modeling.catalogue.base import ALL_TASKS, Component, Form, Text, parameter
from engine.modeling.catalogue.learning import BEST, CALLBACKS

GIVES = replace(CALLBACKS, help=Text("To the training", "连接到训练"), many=False, optional=False)
JUDGE = replace(
    BEST,
    name="metric",
    help=Text(
        "The figure it looks at; open: the one by which the best weights are kept",
        "所看的指标；未连接时为保留最佳权重所用的指标",
    ),
)


class Callback(Component):
    """What all of them have."""

    section = "callback"
    tasks = ALL_TASKS
    outputs = (GIVES,)


class EarlyStop(Callback):
    """No longer better on val."""

    type = "callback.early_stop"
    title = Text("Early stop", "早停")
    help = Text(
        "Ends the training when checks on val no longer bring anything better. Takes the place of “End early after” of the"
        " training.",
        "验证结果不再变好时结束训练。取代训练中的“提前结束”参数。",
    )
    inputs = (JUDGE,)
    call = "engine.training.settings:EarlyStop"
    replaces = ("patience",)

    class Parameters(Form):
        """How long is waited, for how much."""

        patience: int = parameter(
            3,
            ("Checks to wait", "等待次数"),
            ("so many in a row without a better result", "连续多少次验证没有变好"),
            ge=1,
            le=100,
        )
        margin: float = parameter(
            0.0,
            ("Better by", "改进幅度"),
            ("what counts as better, in the figure's own unit", "超过多少才算变好，单位同指标"),
            ge=0,
            le=1,
        )


class Settled(Callback):
    """No longer better in training."""

    type = "callback.settled"
    title = Text("Stop when the loss stands still", "损失平稳时停止")
    help = Text(
        "Ends the training when the training loss of the last steps is hardly below that of as many steps before. Needs no"
        " val images.",
        "最近若干步的训练损失与之前相同步数相比几乎不再下降时结束。不需要验证集。",
    )
    call = "engine.training.settings:Settled"

    class Parameters(Form):
        """How much must happen in how long."""

        steps: int = parameter(500, ("Steps compared", "比较步数"), ge=10, le=100_000)
        margin: float = parameter(
            0.01, ("Falls by less than", "下降不足"), ("share of the loss before", "占之前损失的比例"), ge=0, le=0.5
        )


class TimeLimit(Callback):
    """No longer than this."""

    type = "callback.time_limit"
    title = Text("Time limit", "时间上限")
    help = Text(
        "Ends the training after some minutes, pauses not counted, and keeps the best weights until then. The learning rate"
        " has then not come down yet: better choose the steps so that they fit.",
        "训练若干分钟后结束（不计暂停），保留此前最佳权重。此时学习率尚未降下来：最好把步数设得合适。",
    )
    call = "engine.training.settings:TimeLimit"
    alone = "time"

    class Parameters(Form):
        """How long."""

        minutes: float = parameter(60.0, ("Minutes at most", "最长时间"), unit="min", gt=0, le=100_000)


class MovingAverage(Callback):
    """Weights that move slowly."""

    type = "callback.average"
    title = Text("Weight averaging (EMA)", "权重平均（EMA）")
    help = Text(
        "A running average of the weights is checked, kept and exported: calmer and often better than the last step. Takes the"
        " place of “Weight averaging” of the training.",
        "验证、保留与导出的是权重的滑动平均：比最后一步更平稳，通常更好。取代训练中的“权重平均”参数。",
    )
    call = "engine.training.settings:MovingAverage"
    alone = "average"
    replaces = ("average",)

    class Parameters(Form):
        """How slowly, from when on."""

        share: float = parameter(
            0.998,
            ("Kept of the old", "保留比例"),
            ("share of the old average kept at each step", "每步保留的旧平均比例"),
            gt=0,
            lt=1,
        )
        start: float = parameter(
            0.0,
            ("Begins after", "开始于"),
            ("share of the steps; before, the weights are taken as they are", "占总步数的比例；此前直接使用当前权重"),
            ge=0,
            le=0.95,
        )


class EqualAverage(Callback):
    """Weights of a stretch, all alike."""

    type = "callback.equal_average"
    title = Text("Average of the last steps (SWA)", "末段权重平均（SWA）")
    help = Text(
        "From some point on all steps count alike in the average (stochastic weight averaging); good with a rate that stays"
        " high. Takes the place of “Weight averaging” of the training.",
        "从某一时刻起所有步的权重等权平均（随机权重平均 SWA）；适合学习率保持较高的训练。取代训练中的“权重平均”参数。",
    )
    call = "engine.training.settings:EqualAverage"
    alone = "average"
    replaces = ("average",)

    class Parameters(Form):
        """From when on."""

        start: float = parameter(
            0.75,
            ("Begins after", "开始于"),
            ("share of the steps; before, the weights are taken as they are", "占总步数的比例；此前直接使用当前权重"),
            ge=0,
            le=0.99,
        )


class Keep(Callback):
    """Which checkpoint becomes the model."""

    type = "callback.keep"
    title = Text("Weights that are kept", "保留哪次权重")
    help = Text(
        "Which check becomes the model: the best one, where a later one wins unless it is worse by the margin, or the last.",
        "哪次验证成为模型：最佳的一次（较晚的优先，除非明显更差），或最后一次。",
    )
    call = "engine.training.settings:Keep"
    alone = "keep"

    class Parameters(Form):
        """Best or last."""

        which: Literal["best", "last"] = parameter("best", ("Keep", "保留"))
        margin: float = parameter(
            0.005,
            ("Worse by", "变差幅度"),
            (
                "a later check within it of the best one wins; differences below are noise on few images",
                "较晚的验证若在最佳值的此范围内则优先；图像少时更小的差别只是噪声",
            ),
            ge=0,
            le=1,
        )


class GradientNoise(Callback):
    """A little chance in each step."""

    type = "callback.gradient_noise"
    title = Text("Gradient noise", "梯度噪声")
    help = Text(
        "Adds noise that fades to the gradients: helps deep networks and few images out of poor beginnings.",
        "在梯度上加入逐渐减弱的噪声：有助于深层网络或少量图像的训练摆脱不良起点。",
    )
    call = "engine.training.settings:GradientNoise"
    alone = "noise"

    class Parameters(Form):
        """How much, how soon it fades."""

        strength: float = parameter(
            0.01, ("Strength", "强度"), ("variance at the first step", "第一步时的方差"), gt=0, le=10
        )
        fading: float = parameter(
            0.55,
            ("Fading", "衰减"),
            ("the variance falls with the step to this power; 0: it stays", "方差按步数的此次幂减小；0 为不变"),
            advanced=True,
            ge=0,
            le=2,
        )


COMPONENTS = (EarlyStop, Settled, TimeLimit, MovingAverage, EqualAverage, Keep, GradientNoise)
