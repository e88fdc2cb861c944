"""Lays out what the wheel is built from: the rendered files, the embedded projects, their papers."""

from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from penstock_builder.embed import embed, install, scrub
from penstock_builder.notices import FILE as NOTICES
from penstock_builder.notices import Package, bundle, packages
from penstock_builder.outputs.target import Target
from penstock_builder.policy import refuse_licenses, refuse_native
from penstock_builder.render import FileTree
from penstock_builder.request import Request
from penstock_builder.sbom import FILE as SBOM
from penstock_builder.sbom import sbom

__all__ = ("PACKAGES", "PER_PLATFORM", "Staging", "stage", "tag")

PACKAGES = "packages"
"""Where, in the scratch folder, the third-party packages are installed for the outputs that need them."""

PER_PLATFORM = ("wheelhouse", "pex", "oci", "deb")
"""The outputs that differ between platforms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """What all platforms of one build share; `ahead` imports what is needed when the installation is done."""

    request: Request
    time: int
    ahead: Thread


def stage(
    run: Staging, project: Path, scratch: Path, target: Target
) -> tuple[tuple[Package, ...], tuple[str, ...]]:
    """Lay out what the wheel is built from; say which packages it concerns and what is not known of them."""
    request = run.request
    _write(request.tree, project)
    plan, lock = request.plan, request.lock
    inside = project / "src" / plan.module / "_embedded"
    if plan.embed != "none":
        everything = plan.embed == "all"
        embed(
            request.resolution,
            lock,
            inside,
            target=target,
            everything=everything,
            native=request.allow_native,
            offline=request.offline,
        )
    sites = [inside]
    if plan.embed != "all" and (request.policy.licenses or set(request.outputs) & set(PER_PLATFORM)):
        pins = [
            one for one in lock.pins if plan.embed == "none" or one.name not in request.resolution.indexed
        ]
        sites.append(scratch / PACKAGES)
        install(pins, sites[-1], indexes=request.resolution.indexes, target=target, offline=request.offline)
        scrub(sites[-1])
    run.ahead.join()
    found = packages(*sites)
    refuse_licenses(found, request.policy.licenses)
    (project / NOTICES).write_text(bundle(packages(inside)), encoding="utf-8")
    licenses = {one.name: one.license for one in packages(inside)}
    addresses = {one.name: one.address for one in request.resolution.local}
    bill = sbom(plan, lock, time=run.time, licenses=licenses, addresses=addresses)
    (project / SBOM).write_text(bill, encoding="utf-8")
    silent = (one for one in found if not one.license and not one.texts)
    return found, tuple(f"{one.name} {one.version}: has no licence data" for one in silent)


def tag(request: Request, project: Path, target: Target) -> str:
    """The wheel's tag, empty for a wheel that runs everywhere."""
    inside = project / "src" / request.plan.module / "_embedded"
    if request.plan.embed == "none" or not (request.plan.embed == "all" or request.allow_native):
        return ""
    from penstock_builder.outputs.tags import native_packages, wheel_tag  # noqa: PLC0415 - rarely needed

    refuse_native(native_packages(inside), allowed=request.allow_native)
    return wheel_tag(inside, request.lock.pins if request.plan.embed == "all" else (), target)


def _write(tree: FileTree, project: Path) -> None:
    for path, text in tree.items():
        file = project.joinpath(*path.parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
