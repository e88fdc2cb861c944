"""The subcommands of the collector, and those that a manifest may add, do not get into each other's way."""

import click

from penstock_api import BuildInfo, Components
from penstock_builder import words
from penstock_builder.templating import read_templates
from penstock_collector.commands import root

MODULES = "distribution/src/{module}/"


def taken() -> set[str]:
    group = root(BuildInfo(command="x", description="", version="0"), Components, {})
    own = {name for name in group.list_commands(click.Context(group)) if name.isidentifier()}
    files = (name.removeprefix(MODULES) for name in read_templates().texts if name.startswith(MODULES))
    modules = {file.partition(".")[0] for file in files if file.endswith(".py.j2") and file[0] not in "{_"}
    return own | modules


def test_the_manifest_cannot_take_a_name_that_is_taken():
    refused = set()
    for name in taken():
        try:
            words.subcommand(name)
        except words.WordError:
            refused.add(name)
    assert refused == taken()
