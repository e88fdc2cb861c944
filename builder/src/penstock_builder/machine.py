"""The commands about the machine: `penstock doctor` and `penstock completion`."""

from __future__ import annotations

import sys

import click

__all__ = ("completion", "doctor")


@click.command()
@click.option("--offline", is_flag=True, help="Do not try to reach the index.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def doctor(*, offline: bool, as_json: bool) -> None:
    """Tell whether this machine has what the builder needs.

    One line each. Exits 3 when something is missing without which nothing can be built.
    """
    from penstock_builder.health import examine  # noqa: PLC0415 - runs programs

    findings = examine(offline=offline)
    if as_json:
        import json  # noqa: PLC0415

        listed = [{"name": one.name, "state": one.state, "detail": one.detail} for one in findings]
        click.echo(json.dumps(listed, indent=2))
    for one in () if as_json else findings:
        click.echo(f"{one.state:8} {one.name:10} {one.detail}")
    if any(one.state == "missing" for one in findings):
        sys.exit(3)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes SHELL complete the words of this command."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - rarely needed

    known = get_completion_class(shell)
    assert known is not None, "click has the shells of the choice"
    root = context.find_root().command
    click.echo(known(root, {}, "penstock", "_PENSTOCK_COMPLETE").source())
