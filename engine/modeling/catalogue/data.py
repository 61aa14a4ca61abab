"""Components that bring images: the dataset version and its augmentation."""

from __future__ import annotations

from typing import Literal

from engine.modeling.catalogue.base import OF_OBJECTS, Component, Form, Port, Text, parameter

SAMPLES = Port("samples", "samples", Text("Images and their labels", "图像及其标签"))
IMAGES = Port("images", "images", Text("(N, C, H, W), normalised", "(N, C, H, W)，已归一化"))
TARGETS = Port("targets", "targets", Text("Boxes or labels of the same images", "对应图像的框或标签"))

_RESIZE_HELP = (
    "letterbox keeps the proportions and pads; stretch fills the input; none takes images of exactly this size; tiles cuts"
    " large images into pieces of this size, for small defects (detection and segmentation)",
    "letterbox 保持比例并填充；stretch 拉伸到输入大小；none 只接受同样大小的图像；tiles 将大图切成该大小的小块，适合小缺陷（检测与分割）",
)


class DatasetImages(Component):
    """The images of a dataset version, brought to the input's size."""

    type = "data.images"
    section = "data"
    title = Text("Dataset version", "数据版本")
    help = Text(
        "The images of the version that is chosen at training, brought to the size of the model's input.",
        "训练时所选数据版本中的图像，调整为模型输入的大小。",
    )
    outputs = (SAMPLES,)
    call = "engine.training.samples:Images"
    context = ("version", "TASK")

    class Parameters(Form):
        """Size and form of the input."""

        width: int = parameter(640, ("Width", "宽度"), unit="px", ge=32, le=4096, multiple_of=32)
        height: int = parameter(640, ("Height", "高度"), unit="px", ge=32, le=4096, multiple_of=32)
        channels: Literal["auto", "1", "3"] = parameter(
            "auto",
            ("Channels", "通道数"),
            ("1 grey, 3 colour; auto: grey if all images are", "1 灰度，3 彩色；auto：全部为灰度图时用灰度"),
        )
        resize: Literal["letterbox", "stretch", "none", "tiles"] = parameter(
            "letterbox", ("Resize", "缩放方式"), _RESIZE_HELP
        )
        overlap: int = parameter(
            64,
            ("Overlap of tiles", "切块重叠"),
            ("larger than the objects, so that each is whole in one of them", "应大于目标，使每个目标在某一块中完整"),
            unit="px",
            ge=0,
            le=1024,
            quiet=True,
        )
        mean: float = parameter(
            0.5, ("Mean", "均值"), ("subtracted from pixel / 255", "从 像素/255 中减去"), advanced=True, ge=0, le=1
        )
        std: float = parameter(
            0.25, ("Deviation", "标准差"), ("divides the difference", "再除以该值"), advanced=True, gt=0, le=1
        )


class _Symmetry(Form):
    flip_horizontal: bool = parameter(True, ("Mirror left–right", "左右翻转"))
    flip_vertical: bool = parameter(True, ("Mirror up–down", "上下翻转"))
    quarter_turns: bool = parameter(
        True,
        ("Quarter turns", "旋转 90°"),
        ("only where a turned part is still a good example", "仅在旋转后的零件仍有意义时使用"),
    )
    brightness: float = parameter(0.1, ("Brightness ±", "亮度 ±"), ge=0, le=1)
    contrast: float = parameter(0.1, ("Contrast ±", "对比度 ±"), ge=0, le=1)
    scale: float = parameter(
        0.15, ("Size ±", "尺寸 ±"), ("0.15: from 87 % to 115 %", "0.15：87 % 至 115 %"), ge=0, le=0.7
    )


class AugmentBoxes(Component):
    """Crops, mirrors, turns and changes of light for detection and segmentation; boxes and pixels follow."""

    type = "augment.boxes"
    section = "augment"
    title = Text("Crops and symmetry", "裁剪与对称增强")
    help = Text(
        "Each image is seen a little different every time: crops around the objects, mirrored, turned, lighter, darker.",
        "每次训练时图像略有不同：围绕目标裁剪、翻转、旋转、变亮或变暗。",
    )
    tasks = (*OF_OBJECTS, "segmentation")
    inputs = (SAMPLES,)
    outputs = (IMAGES, TARGETS)
    call = "engine.training.augment:AugmentBoxes"

    class Parameters(_Symmetry):
        """What may change."""

        crop: int = parameter(
            320,
            ("Crop", "裁剪边长"),
            ("side of the square that training sees; 0: the whole image", "训练时所见方块的边长；0 为整幅图像"),
            unit="px",
            ge=0,
            le=4096,
            multiple_of=32,
        )
        on_objects: float = parameter(
            0.8,
            ("Crops on objects", "围绕目标的比例"),
            ("share of the crops that hold an object", "包含目标的裁剪所占比例"),
            advanced=True,
            ge=0,
            le=1,
        )


class AugmentImages(Component):
    """Mirrors, turns, shifts and changes of light of whole images."""

    type = "augment.images"
    section = "augment"
    title = Text("Whole images, moved", "整图平移与对称增强")
    help = Text(
        "Each image is seen a little different every time: moved, mirrored, turned, lighter, darker.",
        "每次训练时图像略有不同：平移、翻转、旋转、变亮或变暗。",
    )
    tasks = ("classification", "multilabel", "segmentation", "anomaly")
    inputs = (SAMPLES,)
    outputs = (IMAGES, TARGETS)
    call = "engine.training.augment:AugmentImages"

    class Parameters(_Symmetry):
        """What may change."""

        shift: float = parameter(0.08, ("Shift ±", "平移 ±"), ("share of the width", "相对宽度"), ge=0, le=0.5)
        erase: float = parameter(
            0.0,
            ("Hide a patch", "随机遮挡"),
            ("share of images of which a patch is greyed", "被遮挡一块的图像比例"),
            advanced=True,
            ge=0,
            le=1,
        )


class AsTheyAre(Component):
    """The end of a chain that changes nothing more."""

    type = "augment.none"
    section = "augment"
    title = Text("As they are", "保持原样")
    help = Text(
        "Whole images without further change: the end of a chain of steps, or no augmentation at all.",
        "整幅图像不再改变：作为增强步骤的结尾，或完全不做增强。",
    )
    inputs = (SAMPLES,)
    outputs = (IMAGES, TARGETS)
    call = "engine.training.augment:AsTheyAre"


class Balanced(Component):
    """Which images an epoch holds."""

    type = "data.sampler"
    section = "data"
    title = Text("Balance", "均衡采样")
    help = Text(
        "Shows images of rare labels more often; put it right behind the dataset version.",
        "更常展示少见标签的图像；请直接放在数据版本之后。",
    )
    inputs = (SAMPLES,)
    outputs = (SAMPLES,)
    call = "engine.training.sampling:Balanced"

    class Parameters(Form):
        """What counts more."""

        balance: float = parameter(
            0.5,
            ("Balance of labels", "标签均衡度"),
            ("0: as they come; 1: all labels alike", "0：按原样；1：各标签同样多"),
            ge=0,
            le=1,
        )
        with_objects: float = parameter(
            0.0,
            ("Share with objects", "含目标图像比例"),
            (
                "images that hold an object, of all that are seen; 0: as they come",
                "所见图像中含有目标的比例；0：按原样",
            ),
            ge=0,
            le=1,
        )


class SmallObjects(Component):
    """Hard images more often."""

    type = "data.small_objects"
    section = "data"
    title = Text("Small objects more often", "多看小目标")
    help = Text(
        "Shows images with small objects more often, which are the hard ones; put it right behind the dataset version.",
        "更常展示含小目标（较难）的图像；请直接放在数据版本之后。",
    )
    tasks = ("detection", "segmentation")
    inputs = (SAMPLES,)
    outputs = (SAMPLES,)
    call = "engine.training.sampling:SmallObjects"

    class Parameters(Form):
        """How much more."""

        power: float = parameter(
            1.0,
            ("How much more", "增加程度"),
            ("0: as they come; 1: half the side, twice as often", "0：按原样；1：边长减半则次数加倍"),
            ge=0,
            le=3,
        )


class Hard(Component):
    """Mistakes more often."""

    type = "data.hard"
    section = "data"
    title = Text("Hard images first", "难例优先")
    help = Text(
        "Shows images that an earlier model got wrong more often; evaluate it on the train images first. Not where labels have"
        " mistakes in them. Put it right behind the dataset version.",
        "更常展示先前模型判错的图像；请先在训练集上评估该模型。标注有错误时不要使用。请直接放在数据版本之后。",
    )
    inputs = (SAMPLES,)
    outputs = (SAMPLES,)
    call = "engine.training.sampling:Hard"

    class Parameters(Form):
        """Whose mistakes, and how much more."""

        model: str = parameter(
            "",
            ("Model", "模型"),
            ("NAME or NAME:NUMBER of a model of this workspace", "本工作区中的模型：名称或 名称:编号"),
        )
        times: float = parameter(3.0, ("How much more often", "倍数"), ("1: as they come", "1：按原样"), ge=1, le=50)


class FewImages(Component):
    """A part of the images."""

    type = "data.few"
    section = "data"
    title = Text("Few images", "少量图像")
    help = Text(
        "Learns from so many images of each label alone: shows how many are enough. Put it right behind the dataset version.",
        "每个标签只用指定数量的图像训练：了解多少图像才够。请直接放在数据版本之后。",
    )
    inputs = (SAMPLES,)
    outputs = (SAMPLES,)
    call = "engine.training.sampling:FewImages"

    class Parameters(Form):
        """How many."""

        count: int = parameter(20, ("Images of each label", "每个标签的图像数"), ge=1, le=100_000)


COMPONENTS = (DatasetImages, AugmentBoxes, AugmentImages, AsTheyAre, Balanced, SmallObjects, Hard, FewImages)
