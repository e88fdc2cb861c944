"""docs/builder.md says what the builder does."""

import re
from pathlib import Path

import pytest
from click import Option

from penstock_builder.commands import penstock
from penstock_builder.document import parse, read
from penstock_builder.kinds import KINDS
from penstock_builder.manifest import Component, Dist, Manifest, Replacement
from penstock_builder.validate import validate

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/builder.md").read_text()


@pytest.mark.parametrize("model", [Dist, Component, Replacement], ids=lambda model: model.__name__)
def test_every_key_has_a_row(model) -> None:
    for name, field in model.model_fields.items():
        assert f"\n| `{field.alias or name}` |" in GUIDE


def test_every_section_has_a_heading() -> None:
    headings = " ".join(line for line in GUIDE.splitlines() if line.startswith("### "))
    assert [name for name in (*KINDS, *Manifest.model_fields) if f"`{name}`" not in headings] == []


def test_every_option_is_named_with_its_command() -> None:
    sections = dict(re.findall(r"### `penstock (\w+)(.*?)(?=\n##)", GUIDE, re.DOTALL))
    common = {"config", "output_path"}
    for name in ("lock", "generate", "check", "build"):
        options = [
            one
            for one in penstock.commands[name].params
            if isinstance(one, Option) and one.name not in common
        ]
        assert [one.opts[-1] for one in options if one.opts[-1] not in sections[name]] == []


def test_the_example_is_a_manifest() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    manifest, problems = validate(parse(example, "docs/builder.md"))
    assert (manifest is not None, problems) == (True, ())


def test_the_shared_replacements_are_a_file_of_two_lists() -> None:
    document = read(ROOT / "dependency-replacements.yaml")
    assert isinstance(document.value, dict)
    assert document.problems == ()
    assert {key: type(value) for key, value in document.value.items()} == {
        "modules": tuple,
        "replaces": tuple,
    }
