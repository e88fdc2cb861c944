"""`dist.plugins`: a distribution that looks for more components where its environment says. The rules of what it takes
are held in `components/core/collector/tests/test_plugins.py`; docs/builder/plugins.md is run by `test_tasks.py`."""

import pytest


@pytest.fixture
def with_plugins(demo, penstock, small):
    demo.manifest(small.replace("output_path: out", "output_path: out\n  plugins: true"))
    assert penstock("generate").code == 0


def test_the_command_looks_where_its_variable_says(demo, with_plugins) -> None:
    text = demo.read("src/demo/cli.py")
    assert "from penstock_collector.plugins import with_plugins\n" in text
    assert "\ncomponents = with_plugins(components, 'DEMO_PLUGINS')\n" in text
    compile(text, "cli.py", "exec")
    assert "`DEMO_PLUGINS`" in demo.read("README.md")


def test_without_the_line_it_does_not_know_how(demo, penstock) -> None:
    penstock("generate")
    assert "plugins" not in demo.read("src/demo/cli.py")
    assert "PLUGINS" not in demo.read("README.md")


def test_the_line_is_part_of_what_is_rendered(demo, penstock, small, with_plugins) -> None:
    assert penstock("check").code == 0
    demo.manifest(small)
    assert penstock("check").code == 1
