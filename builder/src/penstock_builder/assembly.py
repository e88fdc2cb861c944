"""The last stage: the rendered tree and the components become one wheel, and that the outputs."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread

from penstock_builder.embed import embed, install, scrub
from penstock_builder.errors import BuildError
from penstock_builder.events import step, timed
from penstock_builder.lock import Lock
from penstock_builder.notices import FILE as NOTICES
from penstock_builder.notices import Package, bundle, packages
from penstock_builder.outputs.job import Job
from penstock_builder.outputs.target import Target, targets
from penstock_builder.plan import Plan
from penstock_builder.policy import refuse_licenses, refuse_native, refuse_size
from penstock_builder.publish import Artifact, publish
from penstock_builder.render import FileTree
from penstock_builder.resolve import Resolution
from penstock_builder.sbom import FILE as SBOM
from penstock_builder.sbom import sbom
from penstock_builder.settings import Policy
from penstock_builder.wheel import build_wheel, epoch

__all__ = ("Built", "Request", "assemble")

_DEFAULT_TIME = 1580601600  # 2020-02-02, what hatchling gives the files of a wheel
_PACKAGES = "packages"
_LINUX_ONLY = frozenset({"oci", "deb"})
_PER_PLATFORM = ("wheelhouse", "pex", "oci", "deb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What shall be made: of what, for which platforms, under which rules."""

    plan: Plan
    tree: FileTree
    resolution: Resolution
    lock: Lock
    outputs: Sequence[str] = ("wheel",)
    platforms: Sequence[str] = ()
    policy: Policy = Policy()  # noqa: RUF009 - frozen
    allow_native: bool = False
    offline: bool = False
    base: Path | None = None
    trial: Callable[[Path], tuple[str, ...]] | None = None
    """Tries a wheel for this machine before anything is published; raises, or says what was not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was made, in the order it was asked for, and what the user should know."""

    artifacts: tuple[Artifact, ...]
    warnings: tuple[str, ...]


def assemble(request: Request, folder: Path) -> Built:
    """Build every output into `folder`, each replacing the earlier one at once; raises `BuildError`.

    Nothing is put there before everything is built.
    """
    time = int(epoch(os.environ.get("SOURCE_DATE_EPOCH")) or _DEFAULT_TIME)
    chosen = _targets(request)
    run = _Run(request=request, time=time, ahead=Thread(target=_import_ahead))
    run.ahead.start()
    with _scratch() as root:
        with ThreadPoolExecutor(max_workers=min(len(chosen), os.cpu_count() or 1)) as pool:
            work = [
                pool.submit(copy_context().run, _all_made, run, one, root / (one.name or "this"))
                for one in chosen
            ]
            made = [one for each in work for one in each.result()]
        warnings = dict.fromkeys(text for each in made for text in each.warnings)
        found = {one.path.name: one for one in made}
        artifacts = tuple(publish(one.kind, one.path, folder) for one in found.values())
    return Built(artifacts=artifacts, warnings=tuple(warnings))


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for the time of the build; what the disk refuses is the build's error."""
    try:
        with tempfile.TemporaryDirectory(prefix="penstock-build-") as name:
            yield Path(name)
    except OSError as error:
        raise BuildError(f"{error.filename or tempfile.gettempdir()}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What all platforms of one build share; `ahead` imports what is needed when the installation is done."""

    request: Request
    time: int
    ahead: Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    kind: str
    path: Path
    warnings: tuple[str, ...]


def _import_ahead() -> None:
    """While uv is busy installing: half of the time of a small build."""
    for name in ("hatchling.builders.wheel", "cyclonedx.output.json", "cyclonedx.contrib.license.factories"):
        import_module(name)


def _targets(request: Request) -> tuple[Target, ...]:
    """One, unless something is made that differs between platforms."""
    differing = request.plan.embed == "all" or any(one in _PER_PLATFORM for one in request.outputs)
    chosen = targets(request.platforms if differing else ())
    for kind in _LINUX_ONLY.intersection(request.outputs):
        if not any(one.is_linux for one in chosen):
            raise BuildError(f"is made for Linux, and no platform is one: {kind}", "add one to `platforms`")
    return chosen


def _made(run: _Run, target: Target, scratch: Path) -> Iterator[_Made]:
    request = run.request
    project = scratch / "project"
    with step("install the components"):
        found, missing = _stage(run, project, scratch, target)
    tag = _tag(request, project, target)
    with step("wheel"):
        wheel = build_wheel(project, scratch / "wheel", tag=tag)
    refuse_size(wheel, request.policy.max_size)
    told = _tried(request, wheel, target)
    for kind in _kinds(request.outputs, target):
        own = scratch / kind
        own.mkdir(exist_ok=True)
        job = Job(
            plan=request.plan,
            tree=request.tree,
            lock=request.lock,
            resolution=request.resolution,
            project=project,
            packages=scratch / _PACKAGES,
            wheel=wheel,
            notices=bundle(found),
            scratch=own,
            target=target,
            time=run.time,
            offline=request.offline,
            base=request.base,
        )
        path = job.wheel if kind == "wheel" else timed(kind)(_maker(kind))(job)
        yield _Made(kind=kind, path=_named(path, target, kind), warnings=(*missing, *told))


def _kinds(outputs: Sequence[str], target: Target) -> Iterator[str]:
    return (one for one in dict.fromkeys(outputs) if target.is_linux or one not in _LINUX_ONLY)


def _all_made(run: _Run, target: Target, scratch: Path) -> list[_Made]:
    return list(_made(run, target, scratch))


def _tried(request: Request, wheel: Path, target: Target) -> tuple[str, ...]:
    if request.trial is None or target.name:
        return ()
    with step("try"):
        return request.trial(wheel)


def _maker(kind: str) -> Callable[[Job], Path]:
    """The module of an output is imported when one is made: most builds make a wheel and nothing else."""
    maker: Callable[[Job], Path] = import_module(f"penstock_builder.outputs.{kind}").make
    return maker


def _named(path: Path, target: Target, kind: str) -> Path:
    """A name that tells the platform, if the one that it has does not."""
    if kind not in ("wheelhouse", "pex", "oci") or not target.name:
        return path
    stem = path.name.removesuffix(".pex")
    return path.rename(path.with_name(f"{stem}-{target.name}{path.name[len(stem) :]}"))


def _stage(
    run: _Run, project: Path, scratch: Path, target: Target
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
    if plan.embed != "all" and (request.policy.licenses or set(request.outputs) & set(_PER_PLATFORM)):
        pins = [
            one for one in lock.pins if plan.embed == "none" or one.name not in request.resolution.indexed
        ]
        sites.append(scratch / _PACKAGES)
        install(pins, sites[-1], target=target, offline=request.offline)
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


def _tag(request: Request, project: Path, target: Target) -> str:
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
