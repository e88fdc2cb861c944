"""What travels between components is not known to extensions."""

import subprocess
import sys

import pytest

BATCHES = ("penstock_api.batch", "penstock_api.consumer", "penstock_api.signal")
WORLD_OF_EXTENSIONS = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.startswith({batches!r}):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import {module}
"""


@pytest.mark.parametrize("module", ["penstock_api.extension", "penstock_api.capability"])
def test_r_40_nothing_of_what_an_extension_is_made_of_knows_batches(module):
    code = WORLD_OF_EXTENSIONS.format(batches=BATCHES, module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_r_40_the_kernel_itself_imports_no_batch():
    import ast
    from pathlib import Path

    import penstock_engine.extensions

    folder = Path(penstock_engine.extensions.__file__).parent
    imported = {
        f"{node.module}.{alias.name}"
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert not {
        one for one in imported if one.startswith(BATCHES) or one.endswith(("Batch", "Consumer", "Payload"))
    }
