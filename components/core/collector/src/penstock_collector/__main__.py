"""`python -m penstock_collector`: a collector of everything that is installed in this environment."""

import sys
from importlib.metadata import version

from penstock_api import BuildInfo
from penstock_collector.cli import main
from penstock_collector.discovery import installed

if __name__ == "__main__":
    build = BuildInfo("penstock_collector", "Every installed component", version("penstock-collector"))
    sys.exit(main(build, installed))
