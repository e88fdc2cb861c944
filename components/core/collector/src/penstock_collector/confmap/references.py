"""Finds `${...}` in a string."""

__all__ = ("find_reference", "unescape")


def find_reference(text: str, *, bare: bool) -> str | None:
    """The next reference to expand, braces included: of the first `}`, the innermost `${` before it.

    An odd number of `$` in front makes it literal and ends the search: `$${A}${env:B}` has none. `bare` says
    whether `${NAME}` without a scheme is a reference.
    """
    start = 0
    while (close := text.find("}", start)) >= 0:
        opening = text.rfind("${", start, close)
        if opening >= 0 and (bare or ":" in text[opening:close]):
            before = text[start:opening]
            dollars = len(before) - len(before.rstrip("$"))
            return None if dollars % 2 else text[opening : close + 1]
        start = close + 1
    return None


def unescape(text: str) -> str:
    """`$$` is `$`, once, when nothing is left to expand."""
    return text.replace("$$", "$") if "$$" in text else text
