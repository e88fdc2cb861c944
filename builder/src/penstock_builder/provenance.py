"""What can be said about an output: what it is, what it was made from, and by which tools.

The form is a statement of in-toto with a predicate of SLSA. It holds nothing of the machine and no time, so
the same build says the same.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from penstock_builder import __version__, uv
from penstock_builder.errors import SignatureError
from penstock_builder.publish import files_of, sha256_of
from penstock_builder.request import Request
from penstock_builder.wheel import BACKEND

__all__ = ("ATTESTATION", "Provenance", "read_statement", "statement")

ATTESTATION = ".intoto.jsonl"
"""What the name of an attestation has after the name of the output."""

_STATEMENT = "https://in-toto.io/Statement/v1"

_PREDICATE = "https://slsa.dev/provenance/v1"
_BUILD = "urn:penstock:distribution:1"
_BUILDER = "urn:penstock:builder"
_SOURCES = ("manifest.resolved.yaml", "requirements.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """A statement that was read: the digests of files, by path, and the version of the builder."""

    files: Mapping[str, str]
    builder: str


def statement(request: Request, kind: str, made: Path) -> bytes:
    """The statement about an output that was just made."""
    sources = {str(path): text for path, text in request.tree.items() if str(path) in _SOURCES}
    content = {
        "_type": _STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in _subjects(made)],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD,
                "externalParameters": {
                    "distribution": request.plan.name,
                    "version": request.plan.version,
                    "output": kind,
                },
                "resolvedDependencies": [
                    {"name": name, "digest": {"sha256": hashlib.sha256(text.encode()).hexdigest()}}
                    for name, text in sorted(sources.items())
                ],
            },
            "runDetails": {
                "builder": {
                    "id": _BUILDER,
                    "version": {"penstock-builder": __version__, "uv": uv.REQUIRED, "hatchling": BACKEND},
                }
            },
        },
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def read_statement(payload: bytes, file: Path) -> Provenance:
    """What a statement in `file` says; raises `SignatureError` for one of another kind."""
    try:
        content = json.loads(payload)
        if (content["_type"], content["predicateType"]) != (_STATEMENT, _PREDICATE):
            raise SignatureError(f"{file}: is a statement of another kind: {content['predicateType']}")
        versions = content["predicate"]["runDetails"]["builder"]["version"]
        return Provenance(
            files={str(one["name"]): str(one["digest"]["sha256"]) for one in content["subject"]},
            builder=str(versions["penstock-builder"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SignatureError(f"{file}: is not a statement about where something comes from") from error


def _subjects(made: Path) -> Iterator[tuple[str, str]]:
    for file in files_of(made):
        yield file.relative_to(made.parent).as_posix(), sha256_of(file)
