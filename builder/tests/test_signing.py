"""`penstock build --sign` and `penstock verify`: who says where an output comes from, and whether it holds."""

import base64
import json
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from penstock_builder import __version__, signing
from penstock_builder.errors import SignatureError, ToolError

WHEEL = "dist/demo-1.2.3-py3-none-any.whl"
FORMAT = serialization.PrivateFormat.PKCS8


def pair(folder, name, key=None, password: bytes | None = None):
    """A new key: the files of its two parts."""
    key = key or ed25519.Ed25519PrivateKey.generate()
    secret = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, FORMAT, secret))
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


@pytest.fixture
def keys(demo, penstock, tmp_path):
    assert penstock("generate").code == 0
    return pair(tmp_path, "release")


def said(file) -> dict:
    return json.loads(base64.b64decode(json.loads(file.read_text())["payload"]))


def test_a_signed_wheel_is_verified_by_its_public_key(keys, demo, penstock) -> None:
    private, public = keys
    assert penstock("build", "--sign", private).out == f"{WHEEL}\n{WHEEL}.intoto.jsonl\n"
    done = penstock("verify", "--key", public, WHEEL, f"{WHEEL}.intoto.jsonl")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{WHEEL}: signed with ")
    assert done.out.endswith(f", built by penstock {__version__}\n")
    assert len(done.out.splitlines()) == 1  # an attestation needs none


def test_the_statement_names_what_it_was_made_from_and_nothing_of_the_machine(keys, demo, penstock) -> None:
    penstock("build", "--sign", keys[0])
    statement = said(demo.root / f"{WHEEL}.intoto.jsonl")
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert [one["name"] for one in statement["subject"]] == ["demo-1.2.3-py3-none-any.whl"]
    definition = statement["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {"distribution": "demo", "version": "1.2.3", "output": "wheel"}
    names = [one["name"] for one in definition["resolvedDependencies"]]
    assert names == ["manifest.resolved.yaml", "requirements.lock"]
    assert str(demo.root) not in json.dumps(statement)


def test_the_same_build_says_the_same(keys, demo, penstock) -> None:
    first, second = (
        (
            penstock("build", "--rebuild", "--sign", keys[0]),
            (demo.root / f"{WHEEL}.intoto.jsonl").read_bytes(),
        )[1]
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)], ids=["ec", "rsa"]
)
def test_other_kinds_of_keys_sign_too(keys, demo, penstock, tmp_path, key) -> None:
    private, public = pair(tmp_path, "other", key)
    assert penstock("build", "--sign", private).code == 0
    assert penstock("verify", WHEEL, "--key", public).code == 0


def test_a_folder_is_signed_file_by_file(keys, demo, penstock) -> None:
    penstock("build", "--output", "wheelhouse", "--sign", keys[0])
    house = demo.root / "dist/demo-1.2.3-wheelhouse"
    words = ("verify", "dist/demo-1.2.3-wheelhouse", "--key", keys[1])
    assert penstock(*words).code == 0
    (house / "more.whl").write_text("")
    assert penstock(*words).err == "dist/demo-1.2.3-wheelhouse/more.whl: is not part of what was signed\n"
    (house / "more.whl").unlink()
    (house / "requirements.txt").unlink()
    assert (
        penstock(*words).err == "dist/demo-1.2.3-wheelhouse/requirements.txt: was signed, and is not there\n"
    )


def test_a_changed_wheel_does_not_pass(keys, demo, penstock) -> None:
    penstock("build", "--sign", keys[0])
    with (demo.root / WHEEL).open("ab") as stream:
        stream.write(b"x")
    done = penstock("verify", WHEEL, "--key", keys[1])
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{WHEEL}: is not what was signed: sha256 ")


def test_another_key_does_not_pass_and_one_of_several_does(keys, demo, penstock, tmp_path) -> None:
    penstock("build", "--sign", keys[0])
    _, other = pair(tmp_path, "other")
    done = penstock("verify", WHEEL, "--key", other)
    assert (done.code, done.err) == (1, f"{WHEEL}.intoto.jsonl: is not signed with the key\n")
    assert penstock("verify", WHEEL, "--key", other, "--key", keys[1]).code == 0
    _, third = pair(tmp_path, "third")
    done = penstock("verify", WHEEL, "--key", other, "--key", third)
    assert done.err == f"{WHEEL}.intoto.jsonl: is not signed with any of the keys\n"


def test_every_output_is_told_and_all_are_looked_at(keys, demo, penstock) -> None:
    penstock("build")
    done = penstock("verify", "dist/none.whl", WHEEL, "--key", keys[1])
    assert (done.code, done.err) == (
        1,
        f"dist/none.whl: is not there\n{WHEEL}: has no attestation beside it: {WHEEL.removeprefix('dist/')}.intoto.jsonl\n",
    )


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"a"', "{}", '{"payload": 1}', '{"payload": "", "payloadType": "x", "signatures": [{}]}'],
)
def test_what_is_no_attestation_is_told_without_a_traceback(keys, demo, penstock, text) -> None:
    penstock("build")
    (demo.root / f"{WHEEL}.intoto.jsonl").write_text(text)
    done = penstock("verify", WHEEL, "--key", keys[1])
    assert (done.code, done.err) == (1, f"{WHEEL}.intoto.jsonl: is not an attestation\n")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"[]", "is not a statement about where something comes from"),
        (b'{"_type": "x", "predicateType": "y"}', "is a statement of another kind: y"),
    ],
)
def test_a_signature_under_something_else_proves_nothing(keys, demo, penstock, payload, message) -> None:
    penstock("build")
    line = signing.signed(payload, signing.read_signer(keys[0]))
    (demo.root / f"{WHEEL}.intoto.jsonl").write_text(line)
    done = penstock("verify", WHEEL, "--key", keys[1])
    assert (done.code, done.err) == (1, f"{WHEEL}.intoto.jsonl: {message}\n")


def test_a_key_with_a_password_needs_it(keys, demo, penstock, tmp_path, monkeypatch) -> None:
    private, public = pair(tmp_path, "locked", password=b"sesame")
    done = penstock("build", "--sign", private)
    assert (done.code, (demo.root / "dist").exists()) == (1, False)
    assert "is not a private key that can be used" in done.err
    assert done.err.endswith("its password, if it has one, in PENSTOCK_SIGNING_PASSWORD\n")
    monkeypatch.setenv("PENSTOCK_SIGNING_PASSWORD", "sesame")
    assert penstock("build", "--sign", private).code == 0
    assert penstock("verify", WHEEL, "--key", public).code == 0


def test_what_is_no_key_is_told(tmp_path) -> None:
    (tmp_path / "text").write_text("hello")
    private, public = pair(tmp_path, "dsa", dsa.generate_private_key(2048))
    for read, file in ((signing.read_signer, private), (signing.read_public, public)):
        for wrong in (tmp_path / "text", file):
            with pytest.raises(SignatureError, match=r"is not a (private|public) key that can be used"):
                read(wrong)
        with pytest.raises(SignatureError, match=r"gone: cannot be read: No such file or directory"):
            read(tmp_path / "gone")


def test_without_the_library_there_is_a_hint(monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(sys.modules, "securesystemslib", None)
    monkeypatch.setattr(signing, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match="signatures need securesystemslib"):
        signing.read_signer(tmp_path / "key.pem")
