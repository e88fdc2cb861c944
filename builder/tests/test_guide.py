"""docs/builder.md says what the builder does."""

import re
from pathlib import Path

from click import Option

from penstock_builder.commands import penstock
from penstock_builder.document import parse, read
from penstock_builder.manifest import Manifest
from penstock_builder.manifest_schema import PAGE, SCHEMA, published
from penstock_builder.options import reading_options
from penstock_builder.validate import validate

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/builder.md").read_text()


def test_b_87_the_published_schema_and_the_reference_page_are_current() -> None:
    stale = [path.name for path, text in published(ROOT).items() if path.read_text() != text]
    assert stale == [], "run: make generate"


def test_b_87_every_key_has_a_row() -> None:
    page = (ROOT / PAGE).read_text().split("\n### ")[1]
    assert [name for name in Manifest.model_fields if f"\n| `{name}` |" not in page] == []


def test_b_87_our_own_manifest_names_the_schema() -> None:
    text = (ROOT / "builder-manifest.yaml").read_text()
    assert text.startswith(f"# yaml-language-server: $schema={SCHEMA}\n")


def test_every_option_is_named_with_its_command() -> None:
    sections = dict(re.findall(r"### `penstock (\w+)(.*?)(?=\n##)", GUIDE, re.DOTALL))
    reading = [one for one in reading_options(lambda: None).__click_params__ if isinstance(one, Option)]
    assert [one.opts[-1] for one in reading if f"`{one.opts[-1]}" not in GUIDE] == []
    common = {"config", "output_path", *(one.name for one in reading)}
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
