"""Tries what was built before anybody gets it: whether it takes its own sample, and whether it starts.

The wheel is installed into an environment of its own, with the packages that it needs. What passed once is
noted by the wheel's digest, so that building the same again costs nothing.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from penstock_builder import lock, uv
from penstock_builder.childlog import cache_folder
from penstock_builder.document import Value, parse
from penstock_builder.errors import BuildError
from penstock_builder.imports import import_everything
from penstock_builder.indexes import Indexes
from penstock_builder.plan import Plan
from penstock_builder.render import FileTree
from penstock_builder.resolve import Resolution

__all__ = ("Trial", "free_ports", "make_trial", "marks")

_READY = "Everything is ready"
_PATIENCE = 30.0
_UNREAD = 'unsupported scheme on URI "file:'
_NO_PROVIDER = "it cannot read files: list penstock-provider-file under `providers`"
_ADDRESS = re.compile(r"(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])?:\d+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What to try: the command of the wheel, with this sample; `sources` are projects that come with it."""

    command: str
    sample: str
    requires_python: str
    sources: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    """What the lock pins: an installer that resolved anew would know nothing of replacements."""
    indexes: Indexes = Indexes()  # noqa: RUF009 - frozen
    boot: bool = False
    offline: bool = False

    def __call__(self, wheel: Path) -> tuple[str, ...]:
        """Raise `BuildError` when it fails; say what could not be tried."""
        if not SpecifierSet(self.requires_python).contains(".".join(map(str, sys.version_info[:3]))):
            return (f"config.yaml was not tried: this Python is not {self.requires_python}",)
        mark = marks() / hashlib.sha256(wheel.read_bytes() + sys.version.encode()).hexdigest()
        if mark.exists() and not self.boot:
            return ()
        with tempfile.TemporaryDirectory(prefix="penstock-trial-") as name:
            home = Path(name)
            (home / "config.yaml").write_text(self.sample, encoding="utf-8")
            try:
                self._install(wheel, home)
            except uv.UvError as error:
                if self.boot:
                    raise BuildError(f"the wheel cannot be installed:\n{error.stderr}") from error
                return (
                    f"config.yaml was not tried, the wheel cannot be installed here: {_last(error.stderr)}",
                )
            import_everything(_program(home, "python"), _environment())
            self._validate(home)
            if self.boot:
                self._start(home)
        _note(mark)
        return ()

    def _install(self, wheel: Path, home: Path) -> None:
        uv.run(["venv", "--quiet", "--python", sys.executable, "env"], cwd=home, offline=self.offline)
        base = ["pip", "install", "--quiet", "--python", str(_program(home, "python"))]
        wanted = [str(wheel), *self.sources]
        uv.run(
            [*base, "--no-deps", *wanted], cwd=home, offline=self.offline, given=self.indexes.environment()
        )
        for given, some in self.indexes.grouped(self.pins, lambda pin: Requirement(pin).name):
            uv.run([*base, "--no-deps", *some], cwd=home, offline=self.offline, given=given)

    def _validate(self, home: Path) -> None:
        words = [str(_program(home, self.command)), "validate", "--config", "config.yaml"]
        done = subprocess.run(  # noqa: S603 - what was just built
            words, cwd=home, env=_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            hint = _NO_PROVIDER if _UNREAD in said else ""
            raise BuildError(f"config.yaml: what was built refuses its own sample:\n{said}", hint)

    def _start(self, home: Path) -> None:
        """Start it on free ports, wait until it is ready, and stop it."""
        words = [str(_program(home, self.command)), "--config", "config.yaml"]
        words += [word for setting in free_ports(self.sample) for word in ("--set", setting)]
        process = subprocess.Popen(  # noqa: S603 - as above
            words, cwd=home, env=_environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        limit = threading.Timer(_PATIENCE, process.kill)
        limit.start()
        log: list[str] = []
        try:
            assert process.stderr is not None
            for line in process.stderr:
                log.append(line)
                if _READY in line:
                    process.terminate()
            code = process.wait()
        finally:
            limit.cancel()
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()
        if code or not any(_READY in line for line in log):
            raise BuildError(
                f"what was built does not start with its sample (exit {code}):\n{''.join(log[-20:]).strip()}"
            )


def make_trial(plan: Plan, tree: FileTree, resolution: Resolution, *, boot: bool, offline: bool) -> Trial:
    """Without embedding, the wheel needs the projects beside it that no index has."""
    sources = tuple(one.source for one in resolution.local) if plan.embed == "none" else ()
    return Trial(
        command=plan.name,
        sample=tree[PurePosixPath("config.yaml")],
        requires_python=plan.requires_python,
        sources=sources,
        pins=() if plan.embed == "all" else tuple(str(pin) for pin in lock.parse(plan.lock).pins),
        indexes=resolution.indexes,
        boot=boot,
        offline=offline,
    )


def free_ports(sample: str) -> Iterator[str]:
    """The settings that let every server of a configuration listen where there is room."""
    value = parse(sample, "config.yaml").value
    for section in ("receivers", "extensions"):
        yield from _addresses(value.get(section) if isinstance(value, Mapping) else None, section)
    yield "service.telemetry.metrics.level=none"


def _addresses(value: Value, path: str) -> Iterator[str]:
    if isinstance(value, str) and _ADDRESS.match(value):
        yield f"{path}=127.0.0.1:0"
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _addresses(one, f"{path}.{key}")


def _program(home: Path, name: str) -> Path:
    return home / "env" / ("Scripts" if os.name == "nt" else "bin") / name


def _environment() -> dict[str, str]:
    """The user's, without what makes Python find other packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def marks() -> Path:
    """Where it is noted what passed."""
    return cache_folder() / "tried"


def _note(mark: Path) -> None:
    """Without a cache the next build tries again, which is no failure of this one."""
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        return


def _last(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "uv said nothing"
