"""Steps of augmentation that move, hide or add things; boxes and what each pixel is follow."""

from __future__ import annotations

from engine.modeling.catalogue.base import OF_OBJECTS, Text, parameter
from engine.modeling.catalogue.steps import STRENGTH, Chance, Step, count, degrees, share

_GEOMETRY = "engine.training.augmentations.geometry"
_COVER = "engine.training.augmentations.cover"
_MIX = "engine.training.augmentations.mix"
_OF_SIDE = ("share of the image's side", "相对图像边长")


class Rotation(Step):
    """A small turn."""

    type = "augment.rotation"
    title = Text("Small rotation", "小角度旋转")
    help = Text("Turned a little about the middle, as parts lie on a belt.", "绕中心略微旋转，如零件在传送带上的摆放。")
    call = f"{_GEOMETRY}:Rotation"

    class Parameters(Chance):
        """How much."""

        degrees: float = degrees(8.0)


class Shear(Step):
    """A slant."""

    type = "augment.shear"
    title = Text("Shear", "错切")
    help = Text("Slanted to the side and upwards.", "向侧面与上方倾斜变形。")
    call = f"{_GEOMETRY}:Shear"

    class Parameters(Chance):
        """How much."""

        degrees: float = degrees(6.0, most=30)


class Perspective(Step):
    """Seen askew."""

    type = "augment.perspective"
    title = Text("Perspective", "透视")
    help = Text("As if the camera did not look straight down.", "如同相机没有垂直向下拍摄。")
    call = f"{_GEOMETRY}:Perspective"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.06, ("Corners move by at most", "角点最大位移"), _OF_SIDE, le=0.2)


class Zoom(Step):
    """Larger or smaller."""

    type = "augment.scale"
    title = Text("Scale", "缩放")
    help = Text(
        "Larger or smaller about the middle, if wanted also wider or narrower.", "绕中心放大或缩小，也可改变宽高比。"
    )
    call = f"{_GEOMETRY}:Zoom"

    class Parameters(Chance):
        """How much."""

        amount: float = share(0.2, ("Size ±", "尺寸 ±"), ("0.2: from 83 % to 120 %", "0.2：83 % 至 120 %"))
        stretch: float = share(0.0, ("Proportions ±", "宽高比 ±"))


class Shift(Step):
    """Moved."""

    type = "augment.shift"
    title = Text("Shift", "平移")
    help = Text("Moved sideways and up or down.", "向左右与上下移动。")
    call = f"{_GEOMETRY}:Shift"

    class Parameters(Chance):
        """How much."""

        amount: float = share(0.1, ("Shift ±", "平移 ±"), _OF_SIDE, le=0.5)


class Elastic(Step):
    """Bent as rubber."""

    type = "augment.elastic"
    title = Text("Elastic", "弹性变形")
    help = Text("Bent as rubber: for textile, foil, rubber, food.", "像橡胶一样变形：适合织物、薄膜、橡胶、食品。")
    call = f"{_GEOMETRY}:Elastic"

    class Parameters(Chance):
        """How much."""

        strength: float = parameter(6.0, ("Shift of a point at most", "点的最大位移"), unit="px", ge=0, le=50)
        size: int = parameter(
            120, ("Size of a bend", "变形尺度"), ("larger is smoother", "越大越平滑"), unit="px", ge=32, le=1000
        )


class LensDistortion(Step):
    """Barrel and pincushion."""

    type = "augment.lens"
    title = Text("Lens distortion", "镜头畸变")
    help = Text("Barrel and pincushion, as of short lenses.", "桶形与枕形畸变，常见于短焦镜头。")
    call = f"{_GEOMETRY}:LensDistortion"

    class Parameters(Chance):
        """How much."""

        strength: float = share(
            0.08,
            ("Corners move by at most ±", "角点最大位移 ±"),
            ("share of the way to the middle", "相对到中心的距离"),
            le=0.15,
        )


class Erase(Step):
    """Hidden patches."""

    type = "augment.erase"
    title = Text("Random erase", "随机遮挡")
    help = Text(
        "Patches greyed, so that no single detail decides; objects that are hidden are not asked for.",
        "随机遮住若干块，避免只依赖某个细节；被遮住的目标不再要求识别。",
    )
    call = f"{_COVER}:Erase"

    class Parameters(Chance):
        """How much."""

        count: int = count(2, ("Patches at most", "遮挡块数上限"))
        size: float = share(0.2, ("Size at most", "最大尺寸"), _OF_SIDE)


class GridMask(Step):
    """A hidden grid."""

    type = "augment.grid_mask"
    title = Text("Grid mask", "网格遮挡")
    help = Text("A grid of squares greyed; for large objects.", "以网格方块遮挡；适合大目标。")
    call = f"{_COVER}:GridMask"

    class Parameters(Chance):
        """How much."""

        share: float = share(0.4, ("Share of a cell's side", "单元边长中被遮比例"), le=0.9)
        cells: int = parameter(8, ("Cells along a side at most", "每边单元数上限"), ge=3, le=64)


class Dust(Step):
    """Dirt on the lens."""

    type = "augment.dust"
    title = Text("Dust and hairs on the lens", "镜头灰尘与毛发")
    help = Text(
        "Soft dark spots and lines in front of the part, which are no defect.", "零件前方柔和的暗点与细线，并非缺陷。"
    )
    call = f"{_COVER}:Dust"

    class Parameters(Chance):
        """How much."""

        count: int = count(12, ("Spots at most", "斑点数上限"), most=200)
        strength: float = share(0.6, ("Darker by at most", "最多变暗"))


class Scratches(Step):
    """Scratches that are no defect."""

    type = "augment.scratches"
    title = Text("Scratches that are no defect", "非缺陷划痕")
    help = Text(
        "Fine light or dark lines that the model learns to pass over; not where scratches are a label.",
        "模型应学会忽略的细亮线或暗线；若划痕本身是标签则不要使用。",
    )
    call = f"{_COVER}:Scratches"

    class Parameters(Chance):
        """How much."""

        count: int = count(4, ("Scratches at most", "划痕数上限"))
        strength: float = parameter(40.0, STRENGTH, ("grey levels of 255", "以 255 为满量程的灰度级"), ge=0, le=255)
        length: float = share(0.5, ("Length at most", "最大长度"), _OF_SIDE)


class CopyObject(Step):
    """Objects in other places of the same image."""

    type = "augment.copy_object"
    title = Text("Copy objects", "复制目标")
    help = Text(
        "Objects copied to free places of the same image: more of what is rare.",
        "将目标复制到同一图像的空位：增加少见目标。",
    )
    tasks = OF_OBJECTS
    call = f"{_MIX}:CopyObject"

    class Parameters(Chance):
        """How much."""

        count: int = count(2, ("Copies at most", "复制数上限"))


class CutPaste(Step):
    """Surface in other places."""

    type = "augment.cut_paste"
    title = Text("CutPaste", "CutPaste 剪贴")
    help = Text(
        "Pieces of sound surface moved to other sound places: what merely looks odd is not taken for a defect.",
        "将完好表面的小块移到其他完好位置：仅仅看起来异样的地方不会被当作缺陷。",
    )
    tasks = ("detection", "segmentation")
    call = f"{_MIX}:CutPaste"

    class Parameters(Chance):
        """How much."""

        count: int = count(2, ("Pieces at most", "块数上限"))
        size: float = share(0.2, ("Size at most", "最大尺寸"), _OF_SIDE)


class CopyPaste(Step):
    """Objects of other images."""

    type = "augment.copy_paste"
    title = Text("Objects of other images", "粘贴其他图像的目标")
    help = Text(
        "Objects of another training image put in free places; right where all images show the same kind of surface.",
        "将其他训练图像中的目标放到空位；适合表面相同的图像。",
    )
    tasks = OF_OBJECTS
    call = f"{_MIX}:CopyPaste"
    context = ("self.{data}",)

    class Parameters(Chance):
        """How much."""

        count: int = count(2, ("Objects at most", "目标数上限"))


class Mosaic(Step):
    """Four images in one."""

    type = "augment.mosaic"
    title = Text("Mosaic", "马赛克拼接")
    help = Text(
        "Windows of four images meet at a point: more objects and more surroundings in each step.",
        "四幅图像的窗口拼在一点：每步包含更多目标与背景。",
    )
    tasks = OF_OBJECTS
    call = f"{_MIX}:Mosaic"
    context = ("self.{data}",)


class MixUp(Step):
    """Two images in one."""

    type = "augment.mixup"
    title = Text("MixUp", "MixUp 混合")
    help = Text(
        "Two images shine through each other, and the objects or labels of both are to be found.",
        "两幅图像相互透叠，需找出两者的目标或标签。",
    )
    tasks = (*OF_OBJECTS, "multilabel")
    call = f"{_MIX}:MixUp"
    context = ("self.{data}",)


class Negative(Step):
    """Black for white, and each label for its opposite."""

    type = "augment.negative"
    title = Text("Negative", "黑白反转")
    help = Text(
        "Dark and light change places, and so do labels that are each other's opposite: what is too much becomes what is"
        " missing. For pictures of two tones, such as circuit boards, prints and stencils.",
        "明暗互换，互为相反的标签也随之互换：多料变为缺料。适合电路板、印刷、钢网等双色调图像。",
    )
    call = f"{_MIX}:Negative"
    context = ("self.{data}",)

    class Parameters(Chance):
        """Which labels change places."""

        opposites: str = parameter(
            "",
            ("Opposite labels", "相反的标签"),
            (
                "pairs, as in “open = short, spur = mousebite”; a label that is not named stays",
                "成对填写，例如“open = short, spur = mousebite”；未列出的标签保持不变",
            ),
        )


COMPONENTS = (
    Rotation, Shear, Perspective, Zoom, Shift, Elastic, LensDistortion, Erase, GridMask, Dust, Scratches, CopyObject,
    CutPaste, CopyPaste, Mosaic, MixUp,
    Negative,
)  # fmt: skip
