"""The component that says what becomes of a trained model: in which precisions it is exported and packaged."""

from __future__ import annotations

from typing import Literal

from engine.modeling.catalogue.base import ALL_TASKS, Component, Form, Text, parameter
from engine.modeling.catalogue.learning import MODEL


class Export(Component):
    """From the training to the line."""

    type = "export.model"
    section = "export"
    tasks = ALL_TASKS
    title = Text("Export", "导出")
    help = Text(
        "What `lineside export` and `lineside package` make of the model when nothing else is said: always FP32, of the"
        " others those that are wanted; the fastest of what loses little enough is served.",
        "未另行指定时导出与打包的做法：始终有 FP32，其余按需；在精度损失允许的范围内选用最快的。",
    )
    inputs = (MODEL,)
    call = "engine.training.settings:ExportSettings"

    class Parameters(Form):
        """Which precisions, how much they may lose."""

        max_drop: float = parameter(
            0.5,
            ("May lose", "允许损失"),
            (
                "points of its main figure on val that a faster precision may lose",
                "更快的精度在验证集主要指标上最多损失的百分点",
            ),
            unit="pt",
            ge=0,
            le=100,
        )
        bf16: bool = parameter(True, ("BF16", "BF16"), ("where the processor computes in it", "处理器支持时"))
        int8: bool = parameter(
            False,
            ("INT8", "INT8"),
            (
                "calibrated with train images, kept only if it loses little enough",
                "用训练图像校准，损失在允许范围内才保留",
            ),
        )
        calibration: int = parameter(
            200, ("Images for calibration", "校准图像数"), ("for INT8", "用于 INT8"), advanced=True, ge=8, le=5000
        )
        batch: Literal["open", "one"] = parameter(
            "open",
            ("Images at once", "批大小"),
            (
                "open: as many as one likes, where the network can; one: fixed, for runtimes that need it",
                "open：网络允许时批大小可变；one：固定为一幅，用于有此要求的运行环境",
            ),
            advanced=True,
        )


COMPONENTS = (Export,)
