"""`__all__` is a sorted tuple of exactly the public names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock_testkit.projects import find_root
from penstock_testkit.sources import Module, source_modules

ROOT = find_root(Path(__file__))
TYPE_VARIABLES = ("TypeVar", "ParamSpec", "TypeVarTuple")


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each by name: the order that the linter keeps."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


def defined_names(module: Module) -> set[str]:
    """The public names that the module defines itself; type variables are nobody's business."""
    found: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = node.value.func if isinstance(node.value, ast.Call) else None
            if value is None or ast.unparse(value).rpartition(".")[2] not in TYPE_VARIABLES:
                found |= {one.id for at in targets for one in ast.walk(at) if isinstance(one, ast.Name)}
    return {name for name in found if not name.startswith("_")}


def imported_names(module: Module) -> set[str]:
    """In an `__init__`, the names that it takes from its own package: they may be listed."""
    if module.path.name != "__init__.py":
        return set()
    nodes = (node for node in _top_level(module.tree.body) if isinstance(node, ast.ImportFrom))
    ours = (node for node in nodes if (node.module or "").startswith(module.package))
    return {alias.asname or alias.name for node in ours for alias in node.names}


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of the module, and those that only type checkers see."""
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from node.body
        yield node


def mistakes(module: Module) -> list[str]:
    assigned = [
        node.value
        for node in module.tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    if not assigned:
        return [f"{module}: no `__all__`"]
    if not isinstance(assigned[0], ast.Tuple):
        return [f"{module}: `__all__` is not a tuple"]
    names = [name for name in ast.literal_eval(assigned[0]) if not name.startswith("__")]
    defined = defined_names(module)
    found = [] if names == sorted(names, key=order) else [f"{module}: `__all__` is not sorted"]
    found += [f"{module}: not in `__all__`: {name}" for name in sorted(defined - set(names))]
    return found + [
        f"{module}: not defined: {name}" for name in sorted(set(names) - defined - imported_names(module))
    ]


def test_every_module_lists_its_public_names():
    modules = [one for one in source_modules(ROOT) if one.path.name != "__main__.py"]
    assert [mistake for module in modules for mistake in mistakes(module)] == []


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        ("X = 1", "no `__all__`"),
        ("__all__ = ['x']\nx = 1", "`__all__` is not a tuple"),
        ("__all__ = ('b', 'A')\nA = b = 1", "`__all__` is not sorted"),
        ("__all__ = ()\nclass Thing: pass", "not in `__all__`: Thing"),
        ("__all__ = ('gone',)", "not defined: gone"),
    ],
)
def test_a_planted_mistake_is_found(tmp_path, source, mistake):
    path = tmp_path / "planted.py"
    path.write_text(source)
    assert [one.partition(": ")[2] for one in mistakes(Module(path, "planted", tmp_path))] == [mistake]


def test_type_variables_private_names_and_imports_are_not_public(tmp_path):
    path = tmp_path / "planted.py"
    path.write_text("from x import y\n__all__ = ('f',)\nT = TypeVar('T')\n_x = 1\ndef f(): ...")
    assert mistakes(Module(path, "planted", tmp_path)) == []
