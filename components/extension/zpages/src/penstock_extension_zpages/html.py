"""HTML that cannot be broken by what it shows: all text is escaped unless it says that it is HTML."""

import html
from collections.abc import Iterable, Sequence

from penstock_extension_zpages.style import STYLE

__all__ = ("Html", "join", "link", "page", "pairs", "section", "table", "tag")


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def join(parts: Iterable[str], by: str = "") -> Html:
    """All parts, one after the other."""
    return Html(_escaped(by).join(map(_escaped, parts)))


def tag(name: str, *inside: str, **attributes: str) -> Html:
    """An element; a trailing `_` of an attribute's name is left out, as in `class_`."""
    given = "".join(f' {key.rstrip("_")}="{html.escape(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{given}>{join(inside)}</{name}>")


def link(path: str, text: str) -> Html:
    """A link to `path`."""
    return tag("a", text, href=path)


def section(title: str, *inside: str) -> Html:
    """A part of a page, with a heading."""
    return tag("section", tag("h2", title), *inside)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """A table, or a remark that there is nothing to show."""
    lines = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    if not lines:
        return tag("p", "None.", class_="none")
    top = tag("thead", tag("tr", *(tag("th", cell) for cell in head)))
    return tag("div", tag("table", top, tag("tbody", *lines)), class_="wide")


def pairs(rows: Iterable[tuple[str, str]]) -> Html:
    """Names and what they stand for."""
    return tag("dl", *(join((tag("dt", name), tag("dd", value))) for name, value in rows))


def page(title: str, of: str, links: Iterable[tuple[str, str]], *inside: str) -> Html:
    """A whole page; `of` names the collector, `links` are paths and names of the other pages."""
    bar = tag("header", tag("strong", of), tag("nav", *(link(path, name) for path, name in links)))
    head = Html(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)} - {html.escape(of)}</title><style>{STYLE}</style>"
    )
    body = tag("body", bar, tag("main", tag("h1", title), *inside))
    return Html(f'<!doctype html><html lang="en"><head>{head}</head>{body}</html>')


def _escaped(text: str) -> str:
    return text if isinstance(text, Html) else html.escape(text)
