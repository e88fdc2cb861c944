"""`python -m penstock_builder` is `penstock`."""

from penstock_builder.cli import main

__all__ = ()

main()
