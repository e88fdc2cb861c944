"""A user's own templates: they fill named blocks of the built-in ones, and can change nothing else."""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, TemplateSyntaxError, nodes

from penstock_builder.errors import ManifestError
from penstock_builder.load import Loaded
from penstock_builder.project import ProjectError
from penstock_builder.roots import allowed_roots, inside
from penstock_builder.templating import SUFFIX, Templates, read_templates, read_texts

__all__ = ("CustomError", "customised", "templates_of")

_ROOT = "distribution/"
_BUILT_IN = "built-in/"


class CustomError(ValueError):
    """A template that cannot be used; the text begins with its file."""


def templates_of(loaded: Loaded) -> Templates:
    """The builder's own, with the blocks that the manifest's fill; raises `ManifestError`."""
    wanted = loaded.manifest.dist.templates or ""
    try:
        folder = inside(loaded.file.parent, wanted, allowed_roots(loaded.file, loaded.how.roots))
        return customised(read_templates(), folder)
    except (CustomError, ProjectError) as error:
        raise ManifestError([loaded.document.problem(("dist", "templates"), str(error))]) from error


def customised(templates: Templates, folder: Path) -> Templates:
    """The built-in templates, with the blocks that the files of `folder` fill; raises `CustomError`."""
    if not folder.is_dir():
        raise CustomError(f"no such folder: {folder}")
    texts = dict(templates.texts)
    for name, text in read_texts(folder):
        base = texts.get(f"{_ROOT}{name}")
        if base is None:
            known = ", ".join(one for one, blocks in _fillable(templates) if blocks)
            raise CustomError(f"{name}: is no template of the builder (these have blocks: {known})")
        _verify(name, text, _blocks(base))
        texts[f"{_BUILT_IN}{name}"] = base
        texts[f"{_ROOT}{name}"] = f'{{% extends "{_BUILT_IN}{name}" %}}{text}'
    return Templates(texts=MappingProxyType(texts))


def _fillable(templates: Templates) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, text in templates.texts.items():
        if name.startswith(_ROOT) and name.endswith(SUFFIX):
            yield name.removeprefix(_ROOT), _blocks(text)


def _blocks(text: str) -> tuple[str, ...]:
    tree = Environment(autoescape=False).parse(text)  # noqa: S701 - nothing is rendered, and no HTML
    return tuple(sorted(block.name for block in tree.find_all(nodes.Block)))


def _verify(name: str, text: str, known: tuple[str, ...]) -> None:
    try:
        tree = Environment(autoescape=False).parse(text)  # noqa: S701 - as above
    except TemplateSyntaxError as error:
        raise CustomError(f"{name}:{error.lineno}: {error.message}") from error
    for node in tree.body:
        if isinstance(node, nodes.Block):
            if node.name not in known:
                has = ", ".join(known) or "none"
                what = f"there is no such block (there are: {has}): {node.name}"
                raise CustomError(f"{name}:{node.lineno}: {what}")
        elif not _is_blank(node):
            raise CustomError(f"{name}:{node.lineno}: a template of yours may hold named blocks only")


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
    )
