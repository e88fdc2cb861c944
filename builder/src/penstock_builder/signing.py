"""Signs statements and verifies them: keys as PEM files, signatures in the envelope of DSSE."""

import json
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from penstock_builder.errors import SignatureError, ToolError
from penstock_builder.provenance import ATTESTATION, Provenance, read_statement
from penstock_builder.publish import files_of, sha256_of

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer

__all__ = ("PASSWORD", "Verified", "read_public", "read_signer", "signed", "verify")

PASSWORD = "PENSTOCK_SIGNING_PASSWORD"  # noqa: S105 - the name of a variable
"""The variable with the password of an encrypted key."""

Verified = tuple[Provenance, str]
"""What was said, and the id of the key that says so."""

_TYPE = "application/vnd.in-toto+json"


def read_signer(file: Path) -> "Signer":
    """The private key in `file`; raises `SignatureError`, or `ToolError` without the library."""
    _require_library()
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - only who signs has it
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    from securesystemslib.signer import CryptoSigner  # noqa: PLC0415

    password = os.environ.get(PASSWORD)
    try:
        key = load_pem_private_key(file.read_bytes(), password.encode() if password else None)
        return CryptoSigner(key)
    except OSError as error:
        raise SignatureError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        hint = f"a PEM file with an Ed25519, ECDSA or RSA key; its password, if it has one, in {PASSWORD}"
        raise SignatureError(f"{file}: is not a private key that can be used: {error}", hint) from error


def read_public(file: Path) -> "Key":
    """The public key in `file`; raises as `read_signer`."""
    _require_library()
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415
    from securesystemslib.signer import SSlibKey  # noqa: PLC0415

    try:
        return SSlibKey.from_crypto(load_pem_public_key(file.read_bytes()))
    except OSError as error:
        raise SignatureError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        hint = "a PEM file with the public part of an Ed25519, ECDSA or RSA key"
        raise SignatureError(f"{file}: is not a public key that can be used: {error}", hint) from error


def signed(payload: bytes, signer: "Signer") -> str:
    """The statement in its envelope, as one line of JSON."""
    from securesystemslib.dsse import Envelope  # noqa: PLC0415 - see above

    envelope = Envelope(payload, _TYPE, {})
    envelope.sign(signer)
    return json.dumps(envelope.to_dict(), sort_keys=True, separators=(",", ":")) + "\n"


def verify(artifact: Path, keys: Sequence["Key"]) -> Verified:
    """Hold `artifact` to the attestation beside it; raises `SignatureError` unless one of `keys` made it."""
    file = artifact.with_name(artifact.name + ATTESTATION)
    if not artifact.exists():
        raise SignatureError(f"{artifact}: is not there")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise SignatureError(f"{artifact}: has no attestation beside it: {file.name}") from error
    payload, key = _payload(file, lines, keys)
    said = read_statement(payload, file)
    _compare(artifact, said)
    return said, key


def _payload(file: Path, lines: Sequence[str], keys: Sequence["Key"]) -> tuple[bytes, str]:
    """What the first line says that one of `keys` signed."""
    from securesystemslib.dsse import Envelope  # noqa: PLC0415 - see above
    from securesystemslib.exceptions import FormatError, VerificationError  # noqa: PLC0415

    for line in lines:
        try:
            envelope = Envelope.from_dict(json.loads(line))
            accepted = envelope.verify(list(keys), 1)
        except VerificationError:
            continue
        except (AttributeError, FormatError, KeyError, TypeError, ValueError) as error:
            raise SignatureError(f"{file}: is not an attestation") from error
        if envelope.payload_type == _TYPE:
            return envelope.payload, next(iter(accepted))
    raise SignatureError(f"{file}: is not signed with {'the key' if len(keys) == 1 else 'any of the keys'}")


def _compare(artifact: Path, said: Provenance) -> None:
    """File by file, so that nothing is missing, changed or added."""
    found = {one.relative_to(artifact.parent).as_posix(): sha256_of(one) for one in files_of(artifact)}
    for name in sorted({*found, *said.files}):
        if name not in said.files:
            raise SignatureError(f"{artifact.parent / name}: is not part of what was signed")
        if name not in found:
            raise SignatureError(f"{artifact.parent / name}: was signed, and is not there")
        if found[name] != said.files[name]:
            raise SignatureError(f"{artifact.parent / name}: is not what was signed: sha256 {found[name]}")


def _require_library() -> None:
    if find_spec("securesystemslib") is None or find_spec("cryptography") is None:
        raise ToolError("signatures need securesystemslib", "run: pip install penstock-builder[sign]")
