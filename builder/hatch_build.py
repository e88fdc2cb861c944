"""Ships the repository's top-level `templates/` in the wheel and in the sdist."""  # noqa: INP001 - hatchling wants it here

from pathlib import Path
from typing import Any  # hatchling's hook signature says so

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TemplatesHook(BuildHookInterface[BuilderConfig]):
    """Adds the folder at build time; an editable install reads the checkout, an sdist carries its copy."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # hatchling's signature
        """Called by hatchling before it collects files."""
        templates = Path(self.root).parent / "templates"
        if version == "editable" or not templates.is_dir():
            return
        prefix = "src/" if self.target_name == "sdist" else ""
        build_data["force_include"][str(templates)] = f"{prefix}penstock_builder/templates"
