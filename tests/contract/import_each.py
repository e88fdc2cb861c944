"""Prints which heavy modules each package loads: `import_each.py <heavy,...> <package>...`."""

import importlib
import json
import os
import sys

import penstock_api


def main() -> None:
    heavy, packages = sys.argv[1].split(","), sys.argv[2:]
    for name in penstock_api.__all__:
        getattr(penstock_api, name)  # loads it: once here, not once in every fork
    print(json.dumps({package: _loaded(package, heavy) for package in packages}))  # noqa: T201 - a command


def _loaded(package: str, heavy: list[str]) -> list[str]:
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            importlib.import_module(package)
            found = [name for name in heavy if name in sys.modules]
        except ImportError as error:
            found = [str(error)]
        os.write(writing, json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    os.wait()
    with os.fdopen(reading) as answer:
        return json.loads(answer.read())


main()
