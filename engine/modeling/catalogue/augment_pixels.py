"""Steps of augmentation that leave everything in its place: light, colour, noise and sharpness."""

from __future__ import annotations

from engine.modeling.catalogue.base import Text, parameter
from engine.modeling.catalogue.steps import EITHER_WAY, GREY_LEVELS, STRENGTH, Chance, Step, count, share

_LIGHT = "engine.training.augmentations.light"
_COLOUR = "engine.training.augmentations.colour"
_NOISE = "engine.training.augmentations.noise"
_FOCUS = "engine.training.augmentations.focus"


class Brightness(Step):
    """Brightness and contrast."""

    type = "augment.brightness"
    title = Text("Brightness and contrast", "亮度与对比度")
    help = Text(
        "The whole image lighter or darker, with more or less contrast.", "整幅图像变亮或变暗，对比度升高或降低。"
    )
    call = f"{_LIGHT}:Brightness"

    class Parameters(Chance):
        """How much."""

        brightness: float = share(0.15, ("Brightness ±", "亮度 ±"), ("share of white", "相对于白色"))
        contrast: float = share(0.2, ("Contrast ±", "对比度 ±"))


class Gamma(Step):
    """Exposure curve."""

    type = "augment.gamma"
    title = Text("Gamma", "伽马")
    help = Text(
        "Another exposure or camera curve: black and white stay, what lies between becomes darker or lighter.",
        "不同的曝光或相机曲线：黑白不变，中间灰度变暗或变亮。",
    )
    call = f"{_LIGHT}:Gamma"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.5, EITHER_WAY, ("0.5: γ from 0.67 to 1.5", "0.5：γ 取 0.67 至 1.5"), le=3)


class Clahe(Step):
    """Local contrast."""

    type = "augment.clahe"
    title = Text("Local contrast (CLAHE)", "局部对比度 (CLAHE)")
    help = Text("Raises the contrast place by place, as some cameras do.", "逐区域提高对比度，部分相机会自动这样做。")
    call = f"{_LIGHT}:Clahe"

    class Parameters(Chance):
        """How much."""

        limit: float = parameter(3.0, ("Contrast limit at most", "对比度上限"), ge=1, le=20)
        tiles: int = parameter(8, ("Tiles each way", "每边分块数"), advanced=True, ge=1, le=32)


class UnevenLight(Step):
    """A slope of light."""

    type = "augment.uneven_light"
    title = Text("Uneven light", "光照不均")
    help = Text("One side lighter than the other, in any direction.", "图像一侧比另一侧亮，方向随机。")
    call = f"{_LIGHT}:UnevenLight"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.4, STRENGTH, ("lighter and darker at the edges", "边缘处的变亮与变暗"))


class Vignette(Step):
    """Dark corners."""

    type = "augment.vignette"
    title = Text("Dark corners", "暗角")
    help = Text("Corners darker than the middle, as wide lenses make them.", "四角比中心暗，常见于广角镜头。")
    call = f"{_LIGHT}:Vignette"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.5, STRENGTH)


class Shadow(Step):
    """A shadow over the part."""

    type = "augment.shadow"
    title = Text("Shadow", "阴影")
    help = Text("The shadow of something beside the part, with a soft edge.", "旁边物体投下的阴影，边缘柔和。")
    call = f"{_LIGHT}:Shadow"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.5, ("Darker by at most", "最多变暗"))


class Glare(Step):
    """Specular reflections."""

    type = "augment.glare"
    title = Text("Glare", "反光")
    help = Text("Bright spots as shiny metal throws them back.", "光亮金属表面产生的高光斑。")
    call = f"{_LIGHT}:Glare"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.7, STRENGTH, ("share of white", "相对于白色"))
        count: int = count(3, ("Spots at most", "光斑数上限"), most=20)
        size: float = parameter(
            0.2, ("Size at most", "最大尺寸"), ("share of the image's side", "相对图像边长"), ge=0.01, le=1
        )


class LightBands(Step):
    """Flicker."""

    type = "augment.light_bands"
    title = Text("Light bands", "明暗条纹")
    help = Text(
        "Stripes along the rows, from lamps that flicker under a line camera or a rolling shutter.",
        "沿行方向的条纹，由灯光频闪与线阵相机或卷帘快门造成。",
    )
    call = f"{_LIGHT}:LightBands"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.15, STRENGTH)
        stripes: int = count(12, ("Stripes at most", "条纹数上限"), most=200)


class ColourShift(Step):
    """Each colour up or down."""

    type = "augment.colour_shift"
    title = Text("Colour shift", "颜色偏移")
    help = Text(
        "Red, green and blue each a little up or down; grey images stay.", "红、绿、蓝各自略微升降；灰度图像不变。"
    )
    call = f"{_COLOUR}:ColourShift"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.08, EITHER_WAY, ("share of white", "相对于白色"))


class Saturation(Step):
    """Paler or stronger colours."""

    type = "augment.saturation"
    title = Text("Saturation", "饱和度")
    help = Text("Colours paler or stronger; grey images stay.", "颜色变淡或变浓；灰度图像不变。")
    call = f"{_COLOUR}:Saturation"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.4, EITHER_WAY)


class Hue(Step):
    """Turned colours."""

    type = "augment.hue"
    title = Text("Hue", "色相")
    help = Text(
        "All colours turned along the colour circle; leave it out where the colour tells the defect.",
        "所有颜色沿色环旋转；若缺陷靠颜色区分则不要使用。",
    )
    call = f"{_COLOUR}:Hue"

    class Parameters(Chance):
        """How much."""

        degrees: float = parameter(12.0, ("Angle ±", "角度 ±"), unit="°", ge=0, le=180)


class Grey(Step):
    """Without colours."""

    type = "augment.grey"
    title = Text("Grey", "灰度化")
    help = Text("Some images without their colours, so that forms count too.", "部分图像去色，使模型也关注形状。")
    call = f"{_COLOUR}:Grey"

    class Parameters(Chance):
        """How often; colours shall stay the rule."""

        probability: float = parameter(0.1, ("Share of images", "应用比例"), ge=0, le=1)


class WhiteBalance(Step):
    """Warm and cold light."""

    type = "augment.white_balance"
    title = Text("White balance", "白平衡")
    help = Text("Warmer or colder light; grey images stay.", "光色偏暖或偏冷；灰度图像不变。")
    call = f"{_COLOUR}:WhiteBalance"

    class Parameters(Chance):
        """How much."""

        strength: float = share(0.2, EITHER_WAY)


class GaussianNoise(Step):
    """The same noise everywhere."""

    type = "augment.gaussian_noise"
    title = Text("Gaussian noise", "高斯噪声")
    help = Text("The same noise everywhere, as of a camera at high gain.", "处处相同的噪声，如相机高增益时。")
    call = f"{_NOISE}:GaussianNoise"

    class Parameters(Chance):
        """How much."""

        strength: float = share(12.0, STRENGTH, GREY_LEVELS, le=128)


class SensorNoise(Step):
    """Photon noise."""

    type = "augment.sensor_noise"
    title = Text("Sensor noise", "传感器噪声")
    help = Text(
        "The noise of counted photons (Poisson): more in bright places, as of short exposures.",
        "光子计数噪声（泊松）：亮处更强，常见于短曝光。",
    )
    call = f"{_NOISE}:SensorNoise"

    class Parameters(Chance):
        """How much."""

        strength: float = share(16.0, ("Strength in white at most", "白色处最大强度"), GREY_LEVELS, le=128)


class SaltAndPepper(Step):
    """Dead and hot pixels."""

    type = "augment.salt_pepper"
    title = Text("Salt and pepper", "椒盐噪声")
    help = Text("Single pixels black or white, as dead and hot pixels are.", "个别像素变黑或变白，如坏点与热点。")
    call = f"{_NOISE}:SaltAndPepper"

    class Parameters(Chance):
        """How much."""

        share: float = share(0.005, ("Share of pixels at most", "像素比例上限"), le=0.5)


class ColumnNoise(Step):
    """Stripes of a line camera."""

    type = "augment.column_noise"
    title = Text("Column noise", "列噪声")
    help = Text("Columns a little lighter or darker, as line cameras have them.", "个别列略亮或略暗，常见于线阵相机。")
    call = f"{_NOISE}:ColumnNoise"

    class Parameters(Chance):
        """How much."""

        strength: float = share(6.0, STRENGTH, GREY_LEVELS, le=64)


class Blur(Step):
    """A soft image."""

    type = "augment.blur"
    title = Text("Blur", "模糊")
    help = Text("A soft image; not more than the smallest defect bears.", "图像变柔和；不要超过最小缺陷可承受的程度。")
    call = f"{_FOCUS}:Blur"

    class Parameters(Chance):
        """How much."""

        strength: float = parameter(1.5, STRENGTH, unit="px", ge=0.1, le=20)


class MotionBlur(Step):
    """Movement while the shutter is open."""

    type = "augment.motion_blur"
    title = Text("Motion blur", "运动模糊")
    help = Text("A part that moves while the shutter is open, in any direction.", "快门打开期间零件移动，方向随机。")
    call = f"{_FOCUS}:MotionBlur"

    class Parameters(Chance):
        """How much."""

        length: int = parameter(9, ("Length at most", "最大长度"), unit="px", ge=1, le=31)


class Defocus(Step):
    """Out of focus."""

    type = "augment.defocus"
    title = Text("Defocus", "失焦")
    help = Text("A part out of focus: each point becomes a disc.", "零件失焦：每个点变成圆斑。")
    call = f"{_FOCUS}:Defocus"

    class Parameters(Chance):
        """How much."""

        radius: float = parameter(3.0, ("Radius at most", "最大半径"), unit="px", ge=0.5, le=12)


class Sharpen(Step):
    """Raised edges."""

    type = "augment.sharpen"
    title = Text("Sharpen", "锐化")
    help = Text("Edges raised, as cameras do by themselves.", "增强边缘，部分相机会自动进行。")
    call = f"{_FOCUS}:Sharpen"

    class Parameters(Chance):
        """How much."""

        strength: float = share(1.0, STRENGTH, le=5)


class Jpeg(Step):
    """Strong compression."""

    type = "augment.jpeg"
    title = Text("JPEG compression", "JPEG 压缩")
    help = Text("The blocks that a strong compression leaves.", "强压缩留下的方块痕迹。")
    call = f"{_FOCUS}:Jpeg"

    class Parameters(Chance):
        """How much."""

        quality: int = parameter(40, ("Quality at least", "最低质量"), ge=1, le=100)


class LowerResolution(Step):
    """A camera of fewer pixels."""

    type = "augment.lower_resolution"
    title = Text("Lower resolution", "降低分辨率")
    help = Text("As from a camera of fewer pixels; the size stays.", "如同像素较少的相机所拍；图像大小不变。")
    call = f"{_FOCUS}:LowerResolution"

    class Parameters(Chance):
        """How much."""

        smallest: float = parameter(0.5, ("Resolution at least", "最低分辨率"), ("share", "比例"), ge=0.05, le=1)


COMPONENTS = (
    Brightness, Gamma, Clahe, UnevenLight, Vignette, Shadow, Glare, LightBands, ColourShift, Saturation, Hue, Grey,
    WhiteBalance, GaussianNoise, SensorNoise, SaltAndPepper, ColumnNoise, Blur, MotionBlur, Defocus, Sharpen, Jpeg,
    LowerResolution,
)  # fmt: skip
