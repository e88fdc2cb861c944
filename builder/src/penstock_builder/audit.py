"""Which pins have known vulnerabilities: asks a service of advisories, through uv, for what the lock pins."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from pydantic import BaseModel

from penstock_builder import uv
from penstock_builder.errors import ToolError
from penstock_builder.lock import Lock, Pin
from penstock_builder.reports import AuditedVulnerability, AuditReport
from penstock_builder.settings import Advisory

__all__ = ("audit",)

_ORIGIN = 'source = { registry = "nowhere" }'  # a folder: an index would be asked about the project, too


class _Dependency(BaseModel):
    name: str
    version: str


class _Known(BaseModel):
    """An advisory as uv tells it."""

    dependency: _Dependency
    id: str
    aliases: tuple[str, ...] = ()
    summary: str | None = None
    description: str | None = None
    link: str | None = None
    fix_versions: tuple[str, ...] = ()


class _Answer(BaseModel):
    vulnerabilities: tuple[_Known, ...] = ()


def audit(lock: Lock, accepted: Sequence[Advisory], *, today: date, service: str = "") -> AuditReport:
    """Ask `service`, by default the one of uv; raises `ToolError` when it does not answer."""
    said = _Answer.model_validate_json(_asked(lock.pins, service) if lock.pins else "{}")
    valid = [one for one in accepted if not one.is_over(today)]
    found = [_vulnerability(one, valid) for one in said.vulnerabilities]
    known = {name for one in found for name in (one.id, *one.aliases)}
    return AuditReport(
        passed=all(one.accepted for one in found),
        audited=len(lock.pins),
        vulnerabilities=tuple(sorted(found, key=lambda one: (one.name, one.id))),
        notes=tuple(_notes(accepted, known, today)),
    )


def _vulnerability(said: _Known, accepted: Sequence[Advisory]) -> AuditedVulnerability:
    names = (said.id, *said.aliases)
    return AuditedVulnerability(
        name=said.dependency.name,
        version=said.dependency.version,
        id=said.id,
        aliases=said.aliases,
        summary=" ".join((said.summary or said.description or "").split()),
        link=said.link or "",
        fixed=said.fix_versions,
        accepted=next((one.reason for one in accepted if one.id in names), ""),
    )


def _notes(accepted: Sequence[Advisory], known: set[str], today: date) -> Iterator[str]:
    for one in accepted:
        if one.id not in known:
            yield f"{one.id}: is accepted, and concerns no pin"
        elif one.is_over(today):
            yield f"{one.id}: was accepted until {one.expires}: {one.reason}"


def _asked(pins: Sequence[Pin], service: str) -> str:
    """The answer of uv as JSON; it reads a lock of its own format, which is made of ours."""
    words = ["audit", "--frozen", "--quiet", "--preview-features", "audit-command", "--output-format", "json"]
    words += ["--service-url", service] if service else []
    with tempfile.TemporaryDirectory(prefix="penstock-audit-") as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(_project(), encoding="utf-8")
        (folder / "uv.lock").write_text(_locked(pins), encoding="utf-8")
        try:
            return uv.run(words, cwd=folder, accepted=(0, 1))
        except uv.UvError as error:
            hint = "`--service URL` names another service that speaks OSV"
            raise ToolError(f"the advisories cannot be asked for:\n{error.stderr}", hint) from error


def _project() -> str:
    return '[project]\nname = "penstock-audit"\nversion = "0"\nrequires-python = ">=3.11"\n'


def _locked(pins: Sequence[Pin]) -> str:
    """The pins, whatever their condition, as requirements of a project that is nothing but a list of them."""
    each = sorted({(pin.name, pin.version) for pin in pins})
    names = [f'  {{ name = "{name}", version = "{version}", {_ORIGIN} }},' for name, version in each]
    lines = ["version = 1", "revision = 3", 'requires-python = ">=3.11"', "", "[[package]]"]
    lines += ['name = "penstock-audit"', 'version = "0"', 'source = { virtual = "." }']
    lines += ["dependencies = [", *names, "]"]
    for name, version in each:
        lines += ["", "[[package]]", f'name = "{name}"', f'version = "{version}"', _ORIGIN]
    return "\n".join([*lines, ""])
