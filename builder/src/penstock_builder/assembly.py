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
from typing import TYPE_CHECKING

from penstock_builder.errors import BuildError
from penstock_builder.events import step, timed
from penstock_builder.notices import bundle
from penstock_builder.outputs.job import Job
from penstock_builder.outputs.target import Target, targets
from penstock_builder.policy import refuse_size
from penstock_builder.publish import publish
from penstock_builder.request import Built, Request
from penstock_builder.reuse import identity, recalled, remember
from penstock_builder.staging import PACKAGES, PER_PLATFORM, Staging, stage, tag
from penstock_builder.wheel import build_wheel, epoch

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

__all__ = ("assemble",)

_DEFAULT_TIME = 1580601600  # 2020-02-02, what hatchling gives the files of a wheel
_LINUX_ONLY = frozenset({"oci", "deb"})


def assemble(request: Request, folder: Path) -> Built:
    """Build every output into `folder`, each replacing the earlier one at once; raises `BuildError`.

    Nothing is put there before everything is built; and what is there already is not built again.
    """
    time = int(epoch(os.environ.get("SOURCE_DATE_EPOCH")) or _DEFAULT_TIME)
    signer = _signer(request)
    known = identity(request, time)
    there = None if request.again else recalled(known, folder)
    if there:
        return there
    chosen = _targets(request)
    run = Staging(request=request, time=time, ahead=Thread(target=_import_ahead))
    run.ahead.start()
    with _scratch() as root:
        made = [*_everything(run, chosen, root)]
        warnings = dict.fromkeys(text for each in made for text in each.warnings)
        found = {one.path.name: one for one in made}
        if signer:
            found |= {one.path.name: one for one in _attested(request, [*found.values()], signer, root)}
        artifacts = tuple(publish(one.kind, one.path, folder) for one in found.values())
    built = Built(artifacts=artifacts, warnings=tuple(warnings))
    remember(known, built)
    return built


def _signer(request: Request) -> "Signer | None":
    """The key, read before the work begins."""
    if request.key is None:
        return None
    from penstock_builder.signing import read_signer  # noqa: PLC0415 - most builds are not signed

    return read_signer(request.key)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for the time of the build; what the disk refuses is the build's error."""
    try:
        with tempfile.TemporaryDirectory(prefix="penstock-build-") as name:
            yield Path(name)
    except OSError as error:
        raise BuildError(f"{error.filename or tempfile.gettempdir()}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    kind: str
    path: Path
    warnings: tuple[str, ...]


def _everything(run: Staging, chosen: Sequence[Target], root: Path) -> Iterator[_Made]:
    """The outputs of all platforms, made side by side."""
    with ThreadPoolExecutor(max_workers=min(len(chosen), os.cpu_count() or 1)) as pool:
        work = [
            pool.submit(copy_context().run, _all_made, run, one, root / (one.name or "this"))
            for one in chosen
        ]
        for each in work:
            yield from each.result()


def _attested(request: Request, made: Sequence[_Made], signer: "Signer", root: Path) -> Iterator[_Made]:
    """A signed statement about each output."""
    from penstock_builder.provenance import ATTESTATION, statement  # noqa: PLC0415 - see above
    from penstock_builder.signing import signed  # noqa: PLC0415

    with step("sign"):
        for one in made:
            file = root / f"{one.path.name}{ATTESTATION}"
            file.write_text(signed(statement(request, one.kind, one.path), signer), encoding="utf-8")
            yield _Made(kind="attestation", path=file, warnings=())


def _import_ahead() -> None:
    """While uv is busy installing: half of the time of a small build."""
    for name in ("hatchling.builders.wheel", "cyclonedx.output.json", "cyclonedx.contrib.license.factories"):
        import_module(name)


def _targets(request: Request) -> tuple[Target, ...]:
    """One, unless something is made that differs between platforms."""
    differing = request.plan.embed == "all" or any(one in PER_PLATFORM for one in request.outputs)
    chosen = targets(request.platforms if differing else ())
    for kind in _LINUX_ONLY.intersection(request.outputs):
        if not any(one.is_linux for one in chosen):
            raise BuildError(f"is made for Linux, and no platform is one: {kind}", "add one to `platforms`")
    return chosen


def _made(run: Staging, target: Target, scratch: Path) -> Iterator[_Made]:
    request = run.request
    project = scratch / "project"
    with step("install the components"):
        found, missing = stage(run, project, scratch, target)
    platform = tag(request, project, target)
    with step("wheel"):
        wheel = build_wheel(project, scratch / "wheel", tag=platform)
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
            packages=scratch / PACKAGES,
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


def _all_made(run: Staging, target: Target, scratch: Path) -> list[_Made]:
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
