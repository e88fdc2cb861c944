"""A container image as an OCI image layout, made without a container engine.

Three layers, from what changes least to what changes most: third-party packages, the distribution, its
configuration. They go on top of the layers of a base layout, if one is given; without, the image names its
base in a label and holds our layers alone.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from penstock_builder.errors import BuildError
from penstock_builder.outputs.archive import Entry, gzipped, tarred
from penstock_builder.outputs.job import Job
from penstock_builder.outputs.site import installed, tree_entries

__all__ = ("make",)

_USER = 10001
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}

_Json = Mapping[str, object]


class _Layout:
    """A layout that is being written; blobs are named by what is in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs/sha256").mkdir(parents=True)

    def blob(self, data: bytes, kind: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    def json(self, value: object, kind: str) -> dict[str, object]:
        return self.blob(_json(value), kind)


class _Base:
    """The image that is built upon: its layers, and what its configuration sets."""

    def __init__(self, folder: Path | None, architecture: str) -> None:
        self._folder = folder
        self.layers: list[dict[str, object]] = []
        self.config: dict[str, object] = {}
        self.differences: list[str] = []
        if folder is not None:
            self._read(folder, architecture)

    def copy(self, layout: _Layout) -> None:
        for layer in self.layers:
            layout.blob(self._blob(str(layer["digest"])), str(layer["mediaType"]))

    def _read(self, folder: Path, architecture: str) -> None:
        try:
            found = json.loads((folder / "index.json").read_bytes())["manifests"]
            image = json.loads(self._blob(_fitting(found, architecture)["digest"]))
            if "manifests" in image:  # an index of platforms inside the index
                image = json.loads(self._blob(_fitting(image["manifests"], architecture)["digest"]))
            config = json.loads(self._blob(image["config"]["digest"]))
            self.layers = image["layers"]
            self.config = config.get("config") or {}
            self.differences = config["rootfs"]["diff_ids"]
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise BuildError(f"{folder}: is not an OCI image layout: {error}") from error

    def _blob(self, digest: str) -> bytes:
        assert self._folder is not None
        algorithm, _, name = digest.partition(":")
        data = (
            self._folder / "blobs" / PurePosixPath(algorithm).name / PurePosixPath(name).name
        ).read_bytes()
        if hashlib.sha256(data).hexdigest() != name:
            raise BuildError(f"{self._folder}: a blob is not what its name says: {digest}")
        return data


def make(job: Job) -> Path:
    """Write the layout `<name>-<version>-oci` into the scratch folder; raises `BuildError`."""
    architecture = _ARCHITECTURES.get(job.target.machine, job.target.machine)
    base = _Base(job.base, architecture)
    layout = _Layout(job.scratch / f"{job.plan.name}-{job.plan.version}-oci")
    base.copy(layout)
    archives = [tarred(entries, time=job.time) for entries in _layers(job)]
    layers = [*base.layers, *(layout.blob(gzipped(archive), _LAYER) for archive in archives)]
    differences = [*base.differences, *(f"sha256:{hashlib.sha256(one).hexdigest()}" for one in archives)]
    config = layout.json(_config(job, base, architecture, differences), _CONFIG)
    manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": layers}
    image = layout.json({**manifest, "annotations": _labels(job)}, _MANIFEST)
    image["platform"] = {"architecture": architecture, "os": "linux"}
    image["annotations"] = {"org.opencontainers.image.ref.name": job.plan.version}
    index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [image]}
    (layout.folder / "index.json").write_bytes(_json(index))
    (layout.folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return layout.folder


def _layers(job: Job) -> Iterable[list[Entry]]:
    """Third-party packages, the distribution, the rest: a change of the last leaves the others cached."""
    module = job.plan.module
    state = Entry(path=PurePosixPath("var/lib") / job.plan.name, mode=0o750, owner=_USER)
    entries = [*tree_entries(job, installed(job), shebang="/usr/bin/env python3"), state]
    lib = PurePosixPath("opt") / job.plan.name / "lib"
    kinds: tuple[list[Entry], ...] = ([], [], [])
    for entry in entries:
        inside = entry.path.relative_to(lib).parts[0] if entry.path.is_relative_to(lib) else ""
        own = inside == module or inside.startswith(f"{module}-")
        kinds[2 if not inside else 1 if own else 0].append(entry)
    return [kind for kind in kinds if kind]


def _config(job: Job, base: _Base, architecture: str, differences: list[str]) -> _Json:
    name = job.plan.name
    config = {
        **base.config,
        "User": f"{_USER}:{_USER}",
        "WorkingDir": f"/var/lib/{name}",
        "Entrypoint": ["python3", f"/opt/{name}/bin/{name}"],
        "Cmd": ["--config", f"/etc/{name}/config.yaml"],
        "Labels": _labels(job),
    }
    return {
        "created": _time(job),
        "architecture": architecture,
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": differences},
    }


def _labels(job: Job) -> dict[str, str]:
    labels = {
        "org.opencontainers.image.created": _time(job),
        "org.opencontainers.image.description": job.plan.description,
        "org.opencontainers.image.title": job.plan.name,
        "org.opencontainers.image.version": job.plan.version,
    }
    licence = dict(job.plan.metadata).get("license")
    labels |= {"org.opencontainers.image.licenses": str(licence)} if licence else {}
    return (
        labels
        if job.base
        else {**labels, "org.opencontainers.image.base.name": f"python:{job.target.python}-slim"}
    )


def _time(job: Job) -> str:
    return datetime.fromtimestamp(job.time, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _fitting(found: list[dict[str, object]], architecture: str) -> dict[str, str]:
    """The entry for this architecture, or the only one."""
    for entry in found:
        platform = entry.get("platform")
        if isinstance(platform, Mapping) and platform.get("architecture") == architecture:
            return {key: str(value) for key, value in entry.items()}
    (only,) = found
    return {key: str(value) for key, value in only.items()}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
