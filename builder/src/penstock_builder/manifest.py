"""What a manifest says: the model of the file, and nothing about the disk or the network.

Validation only checks. A value that is there is kept as the user wrote it; what is derived from it (the
import package of a distribution, the import target of a component) is derived by the stage that needs it.
"""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from penstock_builder import words

__all__ = ("Component", "Dist", "Manifest", "Replacement", "sections")


def _rule(accept: Callable[[str], str]) -> AfterValidator:
    def check(text: str) -> str:
        try:
            return accept(text)
        except words.WordError as error:
            raise PydanticCustomError("word", "{what}", {"what": error.what, "hint": error.hint}) from error

    return AfterValidator(check)


def _some(text: str) -> str:
    if not text.strip():
        raise words.WordError("must not be empty")
    return text


_Text: TypeAlias = Annotated[str, _rule(_some)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Dist(_Model):
    """What is built, and where."""

    name: Annotated[str, _rule(words.distribution_name)]
    version: Annotated[str, _rule(words.version)]
    description: str = ""
    output_path: _Text | None = None
    package: Annotated[str, _rule(words.module_name)] | None = None
    requires_python: Annotated[str, _rule(words.python_range)] = ">=3.11"
    embed: Literal["components", "none"] = "components"
    extras: tuple[_Text, ...] = ()


class Component(_Model):
    """One line of a section: a project, and where it comes from."""

    package: Annotated[str, _rule(words.requirement)]
    path: _Text | None = None
    name: Annotated[str, _rule(words.component_id)] | None = None
    import_: Annotated[str, _rule(words.import_target)] | None = Field(default=None, alias="import")

    @property
    def requirement(self) -> Requirement:
        """`package:` parsed; it was checked when the model was made."""
        return Requirement(self.package)

    @property
    def project(self) -> str:
        """The canonical name of the project."""
        return canonicalize_name(self.requirement.name)


class Replacement(_Model):
    """A rule that swaps a dependency for a project on this machine, and says why."""

    dependency: Annotated[str, _rule(words.distribution_name)]
    path: _Text
    reason: _Text

    @property
    def project(self) -> str:
        """The canonical name of the project that is replaced."""
        return canonicalize_name(self.dependency)


class Manifest(_Model):
    """The whole file."""

    dist: Dist
    collector: Component | None = None
    receivers: tuple[Component, ...] = ()
    processors: tuple[Component, ...] = ()
    exporters: tuple[Component, ...] = ()
    connectors: tuple[Component, ...] = ()
    extensions: tuple[Component, ...] = ()
    providers: tuple[Component, ...] = ()
    converters: tuple[Component, ...] = ()
    replaces: tuple[Replacement, ...] = ()


def sections(manifest: Manifest) -> dict[str, tuple[Component, ...]]:
    """The component lists by section, in the order of `kinds.KINDS`."""
    return {
        "receivers": manifest.receivers,
        "processors": manifest.processors,
        "exporters": manifest.exporters,
        "connectors": manifest.connectors,
        "extensions": manifest.extensions,
        "providers": manifest.providers,
        "converters": manifest.converters,
    }
