"""Which components a distribution's sample configuration shows, and how its pipelines join them.

The YAML of a part is a template, `templates/sample/<kind>/<name>.yaml.j2`; a component that has none is shown
with its defaults, and only when nothing better can be shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ("INSTEAD", "PARTS", "Part", "PartSection", "Sample", "sample")

PARTS: Mapping[str, tuple[str, ...]] = {
    "receivers": ("otlp",),
    "processors": ("memory_limiter", "batch"),
    "exporters": ("debug", "file"),
    "extensions": ("health_check", "zpages"),
}
"""Section -> the components that have a part, in the order that a pipeline runs them."""

INSTEAD: Mapping[str, tuple[str, ...]] = {"exporters": ("otlp_http", "otlp_grpc")}
"""Section -> more components with a part; the first of them is shown when there is nothing better."""

_FALLBACK = ("receivers", "exporters")  # a pipeline needs one of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component of the sample; `template` is the part's text."""

    name: str
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSection:
    """A section of the sample that has at least one part."""

    field: str
    parts: tuple[Part, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The parts by name."""
        return tuple(part.name for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The sample; without a receiver and an exporter there are no pipelines."""

    sections: tuple[PartSection, ...]
    extensions: tuple[str, ...]
    signals: tuple[str, ...]
    flow: tuple[PartSection, ...]


def sample(available: Mapping[str, Sequence[str]]) -> Sample:
    """Choose from the component names that a distribution has, by section."""
    sections = tuple(
        PartSection(field=field, parts=parts)
        for field in PARTS
        if (parts := _parts(field, available.get(field, ())))
    )
    complete = set(_FALLBACK) <= {section.field for section in sections}
    return Sample(
        sections=sections,
        extensions=tuple(name for one in sections if one.field == "extensions" for name in one.names),
        signals=("traces", "metrics", "logs") if complete else (),
        flow=tuple(section for section in sections if section.field != "extensions"),
    )


def _parts(field: str, names: Sequence[str]) -> tuple[Part, ...]:
    kind = field.removesuffix("s")
    wanted = [name for name in PARTS[field] if name in names]
    wanted = wanted or [name for name in INSTEAD.get(field, ()) if name in names][:1]
    shown = tuple(Part(name=name, template=f"sample/{kind}/{name}.yaml.j2") for name in wanted)
    if shown or not names or field not in _FALLBACK:
        return shown
    return (Part(name="nop" if "nop" in names else names[0], template="sample/default.yaml.j2"),)
