"""What every part of the manifest's model is made of: the strict base, and texts that keep a rule."""

from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from penstock_builder import words
from penstock_builder.document import Unquoted

__all__ = ("Model", "Text", "Whole", "number", "rule")


class Model(BaseModel):
    """Frozen and strict: an unknown key, or a value of another type, is a mistake of the file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
        defer_build=True,  # a part is compiled as a part of the whole, which is the one that is used
        validate_by_name=False,
    )


def rule(accept: Callable[[str], str]) -> AfterValidator:
    """Let `accept` decide; the `WordError` it raises becomes a problem of the file, with its hint."""

    def check(text: str) -> str:
        try:
            return accept(text)
        except words.WordError as error:
            raise PydanticCustomError("word", "{what}", {"what": error.what, "hint": error.hint}) from error

    return AfterValidator(check)


def _some(text: str) -> str:
    if not text.strip():
        raise words.WordError("must not be empty")
    return text


def _number(value: object) -> object:
    """Nothing is guessed when a file is read, so a number arrives as it was written."""
    return int(value.text) if isinstance(value, Unquoted) and value.text.isdecimal() else value


Text: TypeAlias = Annotated[str, rule(_some)]
number = BeforeValidator(_number)
Whole: TypeAlias = Annotated[int, number]
