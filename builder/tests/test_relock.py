"""Locking with uv, against wheels in a folder."""

import pytest

from penstock_builder.errors import LockError
from penstock_builder.load import load
from penstock_builder.lock import parse
from penstock_builder.relock import Upgrade, relock
from penstock_builder.resolve import resolve


def locked(world, **options) -> str:
    return relock(resolve(load(world.root / "builder-manifest.yaml")), manifest="m.yaml", **options)


def pins(text: str) -> list[str]:
    return [str(pin) for pin in parse(text).pins]


def test_the_lock_has_versions_conditions_and_hashes_and_no_address(demo) -> None:
    demo.component(
        "receiver", "otlp", requires=("penstock-api", "pebble>=1,<2", "gravel; sys_platform == 'win32'")
    )
    demo.wheel("gravel", "1.0", requires=("sand",))
    demo.wheel("sand", "3.0")
    text = locked(demo)
    assert pins(text) == [
        "gravel==1.0 ; sys_platform == 'win32'",
        "pebble==1.1",
        "sand==3.0 ; sys_platform == 'win32'",
    ]
    assert f"    --hash=sha256:{demo.digest('pebble', '1.1')}\n" in text
    assert "://" not in text
    assert str(demo.root) not in text
    assert str(demo.links) not in text


def test_locking_again_gives_the_same_bytes(demo) -> None:
    first = locked(demo)
    assert locked(demo) == first
    assert locked(demo, previous=parse(first)) == first


def test_pins_that_fit_are_kept_until_an_upgrade_is_asked_for(demo) -> None:
    before = locked(demo)
    demo.wheel("pebble", "1.2")
    assert pins(locked(demo, previous=parse(before))) == ["pebble==1.1"]
    assert pins(locked(demo, previous=parse(before), upgrade=Upgrade(names=("sand",)))) == ["pebble==1.1"]
    assert pins(locked(demo, previous=parse(before), upgrade=Upgrade(names=("Pebble",)))) == ["pebble==1.2"]
    assert pins(locked(demo, previous=parse(before), upgrade=Upgrade(everything=True))) == ["pebble==1.2"]


def test_a_hash_that_was_edited_by_hand_is_fetched_again(demo) -> None:
    first = locked(demo)
    digest = demo.digest("pebble", "1.1")
    assert locked(demo, previous=parse(first.replace(digest, "0" * 64))) == first


def test_a_pin_that_was_edited_by_hand_is_kept_with_the_hashes_of_its_version(demo) -> None:
    edited = parse(locked(demo).replace("pebble==1.1", "pebble==1.0"))
    text = locked(demo, previous=edited)
    assert pins(text) == ["pebble==1.0"]
    assert demo.digest("pebble", "1.0") in text


def test_a_project_of_the_workspace_is_not_locked_even_when_an_index_component_needs_it(demo, small) -> None:
    demo.wheel("penstock_connector_acme", "1.0", requires=("penstock-api==0.1.0", "gravel"))
    demo.wheel("gravel", "1.0")
    demo.manifest(small + "connectors:\n  - package: penstock-connector-acme == 1.0\n")
    assert pins(locked(demo)) == ["gravel==1.0", "pebble==1.1", "penstock-connector-acme==1.0"]


def test_nothing_wanted_is_an_empty_lock(demo) -> None:
    demo.component("receiver", "otlp")
    assert pins(locked(demo)) == []


def test_settings_of_the_workspace_do_not_interfere(demo, monkeypatch) -> None:
    before = locked(demo)
    (demo.root / "pyproject.toml").write_text(
        "[tool.uv]\nrequired-version = '==0.0.1'\noverride-dependencies = ['pebble==2.0']\n"
    )
    (demo.root / "uv.toml").write_text("resolution = 'lowest'\n")
    monkeypatch.setenv("UV_RESOLUTION", "lowest")
    assert locked(demo) == before


def test_a_conflict_names_who_asked(demo) -> None:
    demo.component("exporter", "debug", requires=("penstock-api", "pebble>=2"))
    with pytest.raises(LockError) as caught:
        locked(demo)
    message = str(caught.value)
    assert message.startswith("the requirements cannot be locked:\n")
    assert "penstock-exporter-debug asks for pebble>=2" in message
    assert "penstock-receiver-otlp asks for pebble<2,>=1" in message


def test_a_project_of_ours_that_is_not_listed_gets_a_hint(demo) -> None:
    demo.component("exporter", "debug", requires=("penstock-api", "penstock-wire==0.1.0"))
    with pytest.raises(LockError) as caught:
        locked(demo)
    assert (
        caught.value.hint
        == "a project on this machine is named under `replaces:` with its path: penstock-wire"
    )


def test_a_requirement_by_address_cannot_be_locked(demo) -> None:
    file = demo.wheel("gravel", "1.0")
    demo.component("exporter", "debug", requires=("penstock-api", f"gravel @ {file.as_uri()}"))
    with pytest.raises(LockError, match="cannot be locked by version and hash: gravel @ file:"):
        locked(demo)
