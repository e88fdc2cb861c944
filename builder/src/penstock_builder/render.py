"""A plan and the templates to the files of a distribution, as values: nothing here touches the disk."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TypeAlias

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from penstock_builder.compiled import Compiled
from penstock_builder.errors import BuildError
from penstock_builder.ledger import FILE, ledger_text
from penstock_builder.literals import FILTERS, UnquotedError, quoted_only
from penstock_builder.plan import Plan
from penstock_builder.templating import SUFFIX, Templates

__all__ = ("FileTree", "render", "render_folder")

FileTree: TypeAlias = Mapping[PurePosixPath, str]

_ROOT = "distribution/"
_HOST = "localhost"  # what the sample's servers listen on, unless a template says otherwise


def render(plan: Plan, templates: Templates) -> FileTree:
    """Render every file and, last, their ledger; raises `BuildError` naming template and line."""
    environment = _environment(templates)
    tree = {
        path: _rendered(environment, name, {"plan": plan, "host": _HOST, **extra})
        for name in templates.texts
        if name.startswith(_ROOT)
        for path, extra in _outputs(name, plan)
    }
    ordered = {path: tree[path] for path in sorted(tree)}
    ordered[PurePosixPath(FILE)] = ledger_text(ordered, templates.digest)
    return MappingProxyType(ordered)


def render_folder(
    templates: Templates, folder: str, names: Mapping[str, str], values: Mapping[str, object]
) -> FileTree:
    """Render every template below `folder`/; `{word}` in a path is filled in from `names`."""
    environment = _environment(templates)
    tree: dict[PurePosixPath, str] = {}
    for name in templates.texts:
        if name.startswith(f"{folder}/"):
            path = name.removeprefix(f"{folder}/").removesuffix(SUFFIX)
            for word, text in names.items():
                path = path.replace(f"{{{word}}}", text)
            tree[PurePosixPath(path)] = _rendered(environment, name, values)
    return MappingProxyType(tree)


def _outputs(name: str, plan: Plan) -> Iterator[tuple[PurePosixPath, dict[str, object]]]:
    """The paths a template is rendered to: one, or one per `{command}` and the like in its name."""
    path = name.removeprefix(_ROOT).removesuffix(SUFFIX)
    path = path.replace("{name}", plan.name).replace("{module}", plan.module)
    if "{kubernetes}" in path:
        for one in plan.kubernetes:
            folder = path.replace("{kubernetes}", "kubernetes")
            yield PurePosixPath(folder), {"kubernetes": one, "host": one.host}
        return
    if "{debugging}" in path:
        yield from ((PurePosixPath(path.replace("{debugging}", one)), {}) for one in plan.debugging)
        return
    if "{command}" not in path:
        yield PurePosixPath(path), {}
        return
    for command in plan.commands:
        yield PurePosixPath(path.replace("{command}", command.name)), {"command": command}


def _environment(templates: Templates) -> ImmutableSandboxedEnvironment:
    def source(name: str) -> tuple[str, str, None] | None:
        text = templates.texts.get(name)
        return None if text is None else (text, f"templates/{name}", None)

    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(source),
        bytecode_cache=Compiled(__file__),
        undefined=StrictUndefined,
        finalize=quoted_only,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters = {**FILTERS, "upper": environment.filters["upper"]}
    return environment


def _rendered(environment: ImmutableSandboxedEnvironment, name: str, values: Mapping[str, object]) -> str:
    try:
        return environment.get_template(name).render(values)
    except TemplateSyntaxError as error:
        raise BuildError(f"templates/{error.name or name}:{error.lineno}: {error.message}") from error
    except (TemplateError, UnquotedError, TypeError) as error:
        raise BuildError(f"{_template_line(error, name)}: {error}") from error


def _template_line(error: BaseException, name: str) -> str:
    where = f"templates/{name}"
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename.startswith("templates/"):
            where = f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}"
        step = step.tb_next
    return where
