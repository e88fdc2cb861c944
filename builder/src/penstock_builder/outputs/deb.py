"""The Debian package: the installed tree below `/opt`, its unit, its configuration, the rendered scripts."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from penstock_builder.outputs.archive import Entry, gzipped, tarred
from penstock_builder.outputs.job import Job
from penstock_builder.outputs.site import Site, installed, tree_entries

__all__ = ("make",)

_SCRIPTS = ("postinst", "postrm", "prerm")
_ARCHITECTURES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "armhf",
    "i686": "i386",
    "ppc64le": "ppc64el",
}


def make(job: Job) -> Path:
    """Write `<name>_<version>_<architecture>.deb` into the scratch folder."""
    site = installed(job)
    architecture = _ARCHITECTURES.get(job.target.machine, job.target.machine) if site.native else "all"
    entries = list(_entries(job, site))
    members = (
        ("debian-binary", b"2.0\n"),
        ("control.tar.gz", _tar(_control(job, entries, architecture, native=bool(site.native)), job.time)),
        ("data.tar.gz", _tar(entries, job.time)),
    )
    file = job.scratch / f"{job.plan.name}_{_version(job)}_{architecture}.deb"
    file.write_bytes(b"!<arch>\n" + b"".join(_member(name, data, job.time) for name, data in members))
    return file


def _entries(job: Job, site: Site) -> Iterator[Entry]:
    name = job.plan.name
    yield from tree_entries(job, site, shebang="/usr/bin/python3")
    unit = PurePosixPath(f"lib/systemd/system/{name}.service")
    yield Entry(path=unit, data=job.rendered(f"{name}.service"))
    yield Entry(path=PurePosixPath(f"etc/{name}/{name}.conf"), data=b"OPTIONS=\n")
    yield Entry(path=PurePosixPath(f"usr/share/doc/{name}/copyright"), data=job.notices.encode())


def _control(job: Job, entries: Sequence[Entry], architecture: str, *, native: bool) -> Iterator[Entry]:
    sums = "".join(
        f"{hashlib.md5(entry.data, usedforsecurity=False).hexdigest()}  {entry.path}\n"
        for entry in sorted(entries, key=lambda entry: entry.path)
        if entry.data is not None
    )
    configuration = "".join(f"/{entry.path}\n" for entry in entries if entry.path.parts[0] == "etc")
    yield Entry(path=PurePosixPath("control"), data=_fields(job, entries, architecture, native=native))
    yield Entry(path=PurePosixPath("conffiles"), data=configuration.encode())
    yield Entry(path=PurePosixPath("md5sums"), data=sums.encode())
    for script in _SCRIPTS:
        yield Entry(path=PurePosixPath(script), data=job.rendered(f"packaging/deb/{script}"), mode=0o755)


def _fields(job: Job, entries: Sequence[Entry], architecture: str, *, native: bool) -> bytes:
    size = sum(len(entry.data or b"") for entry in entries)
    fields = {
        "Package": job.plan.name,
        "Version": _version(job),
        "Architecture": architecture,
        "Maintainer": _maintainer(job),
        "Installed-Size": str(-(-size // 1024)),
        "Depends": _python(job, native=native),
        "Section": "net",
        "Priority": "optional",
        "Description": " ".join(job.plan.description.split()) or job.plan.name,
    }
    return "".join(f"{key}: {value}\n" for key, value in fields.items()).encode()


def _maintainer(job: Job) -> str:
    """The first author; Debian insists on a name and an address."""
    for author in job.authors:
        name = " ".join(author["name"].split())
        return f"{name} <{author.get('email', 'root@localhost')}>"
    return f"{job.plan.name} <root@localhost>"


def _python(job: Job, *, native: bool) -> str:
    """Compiled code is for one minor version of Python; the rest runs on that one and later ones."""
    major, minor = (int(part) for part in job.target.python.split("."))
    lowest = f"python3 (>= {major}.{minor})"
    return f"{lowest}, python3 (<< {major}.{minor + 1})" if native else lowest


def _version(job: Job) -> str:
    """PEP 440 in Debian's words: a pre-release sorts before its release."""
    from packaging.version import Version  # noqa: PLC0415 - only this output needs it

    version = Version(job.plan.version)
    text = str(version)
    for mark in ("a", "b", "rc", ".dev"):
        head, found, tail = text.partition(mark)
        if found:
            return f"{head}~{mark.strip('.')}{tail}"
    return text


def _tar(entries: Iterator[Entry] | Sequence[Entry], time: int) -> bytes:
    return gzipped(tarred(entries, time=time, lead="./"))


def _member(name: str, data: bytes, time: int) -> bytes:
    head = f"{name:<16}{time:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
    return head + data + b"\n" * (len(data) % 2)
