"""What a schema file may say: its form is checked before anything of it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from engine.errors import BadInput

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Scalar = StrictStr | StrictBool | StrictInt | Number
Edge = tuple[StrictInt | StrictStr, StrictInt | StrictStr]


class _Part(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)


class _Value(_Part):
    value: str
    was: Scalar | None = None


class _Attribute(_Part):
    name: str
    was: str | None = None
    type: str | None = None
    values: list[Scalar | _Value] | None = None
    default: Scalar | None = None
    required: bool | None = None
    range: tuple[Number | None, Number | None] | None = None


class _Point(_Part):
    name: str
    was: str | None = None


class _Label(_Part):
    name: str
    was: str = ""
    color: str | None = None
    key: str = ""
    shapes: list[str] = []
    attributes: list[_Attribute] = []
    keypoints: list[str | _Point] = []
    skeleton: list[Edge] = []
    mirrored: list[tuple[str, str]] = []
    sigmas: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = {}
    relations: list[str] = []
    supercategory: str = ""
    merge: list[str] = []
    labels: list[_Label] = []


class _Schema(_Part):
    version: int = 1
    labels: list[_Label]


class _Category(_Part):
    name: str
    supercategory: str | None = None
    keypoints: list[str] | None = None
    skeleton: list[tuple[StrictInt, StrictInt]] | None = None


class _Coco(_Part):
    categories: list[_Category]


def check(content: Mapping[str, Any]) -> None:
    """Whether a JSON object has the form of a schema file, or of the categories of a COCO file.

    Raises:
        BadInput: where it does not, and what is expected there.
    """
    try:
        (_Schema if "labels" in content else _Coco).model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " → ".join(str(step) for step in first["loc"])
        raise BadInput(f"The schema file is wrong at {where}: {first['msg']}. Correct it there.") from error
