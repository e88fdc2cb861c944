"""Fuzzes one target under atheris: `python one.py <target> [options of libFuzzer] [corpus]`."""

import sys

import atheris

with atheris.instrument_imports(include=["penstock_wire", "hpack"]):
    import targets


def main() -> None:
    fuzz, loop = targets.TARGETS[sys.argv.pop(1)], targets.Loop()
    loop.__enter__()
    atheris.Setup(sys.argv, lambda data: fuzz(data, loop.turn))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
