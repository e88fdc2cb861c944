"""What a plain scalar means: the rules of go-yaml v3, which are neither YAML 1.1 nor 1.2."""

import math
import re
from typing import Final, TypeAlias

__all__ = ("Scalar", "resolve", "tagged")

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INT: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASES: Final = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_TYPES: Final = {"int": int, "float": float, "bool": bool, "null": type(None)}
_LONGEST_NUMBER: Final = 400


def resolve(text: str) -> Scalar:
    """The value of the plain scalar `text`: `0123` is 83, `yes` and `2024-01-01` are strings."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    digits = text if text[0] == "." else text.replace("_", "")
    whole = _whole(digits)
    if whole is not None:
        return whole
    number = float(digits) if _FLOAT.fullmatch(digits) else math.inf
    return text if math.isinf(number) else number


def tagged(tag: str, text: str) -> Scalar:
    """The value of `text` under the core tag `tag`. Raises `ValueError` when it has none."""
    if tag == "str":
        return text
    value = resolve(text)
    if tag == "float" and type(value) is int:
        return float(value)
    if type(value) is not _TYPES[tag]:
        raise ValueError(text)
    return value


def _whole(digits: str) -> int | None:
    """A number of 64 bits, signed or, without a sign, unsigned."""
    found = _INT.fullmatch(digits)
    if found is None:
        return None
    kind = next(kind for kind in _BASES if found[kind])
    value = int(f"{found['sign']}{found[kind]}", _BASES[kind])
    ceiling = 1 << (63 if found["sign"] else 64)
    return value if -(1 << 63) <= value < ceiling else None
