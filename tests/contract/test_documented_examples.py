"""The YAML in READMEs and in the guide is a configuration that the components take."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from penstock_api import ProviderFactory, Registered, Retrieved, decode
from penstock_collector.confmap import Sources, resolve
from penstock_collector.discovery import installed
from penstock_dataflow import validate
from penstock_dataflow.schema import schema
from penstock_testkit.projects import find_root

ROOT = find_root(Path(__file__))
COMPONENTS = installed()
DATAFLOW = jsonschema.Draft202012Validator(schema(COMPONENTS))
SECTIONS = ("receivers", "processors", "exporters", "connectors", "extensions")
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


class NoFile:
    """Every file that an example refers to holds one word."""

    def __init__(self, _settings):
        pass

    def retrieve(self, _opaque):
        return Retrieved("word")


def providers():
    stub = Registered(factory=ProviderFactory(kind="file", create=NoFile), project="test", version="1")
    return [stub if one.name == "file" else one for one in COMPONENTS.providers]


def examples():
    for page in sorted((*ROOT.glob("components/*/*/README.md"), *ROOT.glob("docs/*.md"))):
        for number, block in enumerate(BLOCK.findall(page.read_text()), 1):
            if {*re.findall(r"^(\w+):", block, re.MULTILINE)} <= {*SECTIONS, "service"}:
                yield pytest.param(block, id=f"{page.relative_to(ROOT)} {number}")


@pytest.mark.parametrize("text", list(examples()))
def test_every_example_is_taken_by_the_components_it_names(text):
    whole = resolve(Sources((f"yaml:{text}",)), providers(), warn=str).value
    for section in SECTIONS:
        known = {one.name: one for one in getattr(COMPONENTS, section)}
        written = whole.get(section)
        for name, body in written.items() if isinstance(written, dict) else ():
            if body != "word":  # else it stands in a file
                decode(known[name.partition("/")[0]].factory.config, body, (section, name))


def dataflows():
    pages = (
        *ROOT.glob("components/*/*/README.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/dataflow/*.md"),
    )
    for page in sorted(pages):
        for number, block in enumerate(BLOCK.findall(page.read_text()), 1):
            if block.startswith("version: otel_dataflow/v1\n"):
                yield pytest.param(block, id=f"{page.relative_to(ROOT)} {number}")


@pytest.mark.parametrize("text", list(dataflows()))
def test_every_dataflow_is_valid_and_fits_the_schema(text):
    validate(text, COMPONENTS)
    DATAFLOW.validate(yaml.safe_load(text))
