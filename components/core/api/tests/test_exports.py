"""The names of the package: loaded when asked for, and the same ones that type checkers see."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import penstock_api


def test_every_name_is_loaded_from_its_module():
    for name in penstock_api.__all__:
        home = importlib.import_module(f"penstock_api.{penstock_api._HOMES[name]}")
        assert getattr(penstock_api, name) is getattr(home, name)


def test_type_checkers_see_the_same_names_from_the_same_modules():
    tree = ast.parse(Path(penstock_api.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == {name: f"penstock_api.{home}" for name, home in penstock_api._HOMES.items()}
    assert set(seen) == set(penstock_api.__all__) <= set(dir(penstock_api))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'penstock_api' has no attribute 'Confg'"):
        penstock_api.Confg  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Confg' from 'penstock_api'"):
        from penstock_api import Confg  # noqa: F401


def test_the_build_info_alone_loads_nothing_heavy():
    code = "import sys; from penstock_api import BuildInfo; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"asyncio", "pydantic", "yaml", "platform", "logging", "socket", "google"})
