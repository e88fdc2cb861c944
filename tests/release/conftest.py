"""Makes `release` importable: it is a folder of the repository, not an installed project."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
