"""Writes the OpenAPI document: `python -m penstock_dataflow.admin FILE`."""

import json
import sys
from pathlib import Path

from penstock_dataflow.admin.document import document

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(document(), indent=2) + "\n", encoding="utf-8")
