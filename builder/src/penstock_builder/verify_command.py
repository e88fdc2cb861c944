"""`penstock verify`: whether outputs are what somebody signed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

__all__ = ("verify",)


@click.command()
@click.argument("artifacts", nargs=-1, required=True, metavar="OUTPUT...", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A public key (PEM); with several, any one of them will do.",
)
def verify(artifacts: tuple[Path, ...], keys: tuple[Path, ...]) -> None:
    """Tell whether outputs are what was signed.

    Each has its attestation beside it, as `penstock build --sign` puts it there. Needs no network. Exits 1 if
    one of them is not signed with the key, or was changed since.
    """
    from penstock_builder import signing  # noqa: PLC0415 - costs more than the command line
    from penstock_builder.errors import SignatureError  # noqa: PLC0415
    from penstock_builder.provenance import ATTESTATION  # noqa: PLC0415

    known = [signing.read_public(one) for one in keys]
    failed = False
    for artifact in (one for one in artifacts if not one.name.endswith(ATTESTATION)):
        try:
            said, key = signing.verify(artifact, known)
        except SignatureError as error:
            failed = True
            click.echo(error, err=True)
        else:
            click.echo(f"{artifact}: signed with {key[:16]}, built by penstock {said.builder}")
    sys.exit(1 if failed else 0)
