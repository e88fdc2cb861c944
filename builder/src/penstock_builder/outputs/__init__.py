"""What `penstock build` makes besides the wheel: a module per output, each with a function `make`."""

__all__ = ()
