"""The bill of materials in the wheel: every locked package and every embedded project, as CycloneDX.

The serial number follows from the content and the time from `SOURCE_DATE_EPOCH`, so the bytes are the same on
every machine. Hashes are not repeated: `requirements.lock`, in the same wheel, has those of every archive.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from penstock_builder import __version__

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    from penstock_builder.lock import Lock
    from penstock_builder.plan import Plan

__all__ = ("FILE", "sbom")

FILE = "penstock.cdx.json"

_NAMESPACE = uuid.UUID("6f1f64f2-8f0f-5c3c-9a55-0a1e9f1d6c11")


def sbom(
    plan: "Plan",
    lock: "Lock",
    *,
    time: int,
    licenses: Mapping[str, str] | None = None,
    addresses: Mapping[str, str] | None = None,
) -> str:
    """The document as JSON text.

    `licenses` are expressions by project, as far as they are known; `addresses` say where a project comes
    from that is neither on this machine nor in an index.
    """
    # imported here: the library costs more than the rest of a build that needs no bill
    from cyclonedx.model.bom import Bom  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415
    from cyclonedx.output.json import JsonV1Dot6  # noqa: PLC0415

    root = Component(
        type=ComponentType.APPLICATION,
        name=plan.name,
        version=plan.version,
        description=plan.description or None,
        bom_ref=_purl(plan.name, plan.version),
        purl=_package_url(plan.name, plan.version),
    )
    found = sorted(
        _components(plan, lock, licenses or {}, addresses or {}),
        key=lambda one: (one.name, one.version or ""),
    )
    content = "\n".join([str(root.bom_ref), *(f"{one.bom_ref} {_described(one)}" for one in found)])
    bom = Bom(components=found, serial_number=uuid.uuid5(_NAMESPACE, f"{time}\n{content}"))
    bom.metadata.timestamp = datetime.fromtimestamp(time, tz=UTC)
    bom.metadata.component = root
    bom.metadata.tools.components.add(
        Component(type=ComponentType.APPLICATION, name="penstock-builder", version=__version__)
    )
    bom.register_dependency(root, found)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _components(
    plan: "Plan", lock: "Lock", licenses: Mapping[str, str], addresses: Mapping[str, str]
) -> "Iterator[Component]":
    for pin in lock.pins:
        notes = {"penstock:marker": pin.marker} if pin.marker else {}
        yield _component(pin.name, pin.version, notes, licenses)
    for project in plan.local:
        address = addresses.get(project.name, "").partition(" @ ")[2]
        notes = {"penstock:source": address or project.path, "penstock:reason": project.reason}
        notes["penstock:marker"] = project.marker
        yield _component(project.name, project.version, notes, licenses, address)


def _component(
    name: str, version: str, notes: Mapping[str, str], licenses: Mapping[str, str], address: str = ""
) -> "Component":
    from cyclonedx.contrib.license.factories import LicenseFactory  # noqa: PLC0415 - see above
    from cyclonedx.model import Property  # noqa: PLC0415
    from cyclonedx.model.component import Component  # noqa: PLC0415

    given, marker = licenses.get(name, ""), notes.get("penstock:marker", "")
    return Component(
        name=name,
        version=version,
        bom_ref=_purl(name, version) + (f"#{marker}" if marker else ""),
        purl=_package_url(name, version, address),
        licenses=[LicenseFactory().make_from_string(given)] if given else (),
        properties=[Property(name=key, value=value) for key, value in sorted(notes.items()) if value],
    )


def _described(component: "Component") -> str:
    words = [f"{one.name}={one.value}" for one in component.properties]
    return " ".join([*words, *(str(one.value) for one in component.licenses if hasattr(one, "value"))])


def _purl(name: str, version: str) -> str:
    return str(_package_url(name, version))


def _package_url(name: str, version: str, address: str = "") -> "PackageURL":
    """Where it comes from is part of it, unless that is an index."""
    from packageurl import PackageURL  # noqa: PLC0415 - see above

    kind = "vcs_url" if address.startswith("git+") else "download_url"
    return PackageURL(
        type="pypi", name=name, version=version, qualifiers={kind: address} if address else None
    )
