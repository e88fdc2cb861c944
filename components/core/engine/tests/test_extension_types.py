"""The type checker says no to what must not be written: programs that are wrong, and one that is right."""

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from subprocess import run

import pytest

HEAD = """
from dataclasses import dataclass
from collections.abc import Callable
from typing import reveal_type
from penstock_api.capability import RATE_LIMITER, BEARER_TOKEN_PROVIDER, Capabilities, CapabilityKey, RateLimiter
from penstock_api.extension import Active, Background, Bundle, Cloned, Constructed, Control, Passive

class Life:
    async def run(self, control: Control, /) -> None:
        await control.wait()

@dataclass(frozen=True, slots=True)
class Handle:
    take: Callable[[int], bool] = bool

    def try_acquire(self, units: int) -> bool:
        return self.take(units)

    def retry_after(self, units: int) -> float:
        return 0.0

@dataclass(frozen=True, slots=True)
class NoRetry:
    def try_acquire(self, units: int) -> bool:
        return True

@dataclass(frozen=True, slots=True)
class OtherTypes:
    def try_acquire(self, units: str) -> bool:
        return True

    def retry_after(self, units: int) -> float:
        return 0.0

@dataclass(frozen=True)
class Key:
    name: str
"""
RIGHT = """
def one() -> Bundle:
    return Active(Life(), Cloned(RATE_LIMITER, Handle()), readiness=5.0, heartbeat=30.0)

def two() -> Bundle:
    return Passive(Constructed(RATE_LIMITER, Handle), (Cloned(RATE_LIMITER, Handle()),))

def three() -> Bundle:
    return Background(Life())

def claim(capabilities: Capabilities) -> RateLimiter:
    reveal_type(capabilities.require(RATE_LIMITER))
    reveal_type(capabilities.optional(RATE_LIMITER, "slot"))
    reveal_type(capabilities.require_all(RATE_LIMITER))
    return capabilities.require(RATE_LIMITER)
"""
NO_FIT = 'Cannot infer value of type parameter "T" of "Cloned"'
WRONG = {
    "active_and_constructed": ("Active(Life(), Constructed(RATE_LIMITER, Handle))", "incompatible type"),
    "active_and_constructed_more": (
        "Active(Life(), Cloned(RATE_LIMITER, Handle()), (Constructed(RATE_LIMITER, Handle),))",
        "incompatible type",
    ),
    "active_without_an_offer": ("Active(Life())", 'Missing positional argument "first"'),
    "passive_without_an_offer": ("Passive()", 'Missing positional argument "first"'),
    "background_with_an_offer": (
        "Background(Life(), Cloned(RATE_LIMITER, Handle()))",
        'incompatible type "Cloned[.*]"; expected "float | None"',
    ),
    "a_lifecycle_without_a_life": ("Background(Handle())", 'incompatible type "Handle"'),
    "a_handle_that_lacks_a_method": (
        "Passive(Cloned(RATE_LIMITER, NoRetry()))",
        NO_FIT,
    ),
    "a_handle_with_another_signature": (
        "Passive(Cloned(RATE_LIMITER, OtherTypes()))",
        NO_FIT,
    ),
    "a_handle_of_another_contract": (
        "Passive(Cloned(BEARER_TOKEN_PROVIDER, Handle()))",
        NO_FIT,
    ),
    "a_construction_of_another_contract": (
        "Passive(Constructed(RATE_LIMITER, NoRetry))",
        'incompatible type "type\\[NoRetry\\]"',
    ),
    "a_foreign_key": (
        'CapabilityKey[RateLimiter]("mine", RateLimiter, "a capability of my own")',
        'Missing positional argument "seal"',
    ),
    "a_foreign_key_of_its_own_type": (
        'Passive(Cloned(Key("rate_limiter"), Handle()))',
        'incompatible type "Key"',
    ),
    "a_handle_that_is_written": ("Handle().take = bool", 'Property "take" defined in "Handle" is read-only'),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What mypy says of every program, by its name."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "right.py").write_text(HEAD + RIGHT)
    for name, (program, _) in WRONG.items():
        (folder / f"{name}.py").write_text(f"{HEAD}\n{program}\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-pretty"]
    command += ["--config-file=", f"--cache-dir={folder / 'cache'}", "--python-executable", sys.executable]
    done = run(
        [*command, *sorted(map(str, folder.glob("*.py")))], capture_output=True, text=True, check=False
    )
    lines = {}
    for line in done.stdout.splitlines():
        lines.setdefault(Path(line.partition(":")[0]).stem, []).append(line.partition(": ")[2])
    return lines


pytestmark = pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")


def test_r_17_what_a_claim_gives_has_the_type_of_the_contract(said):
    protocol = "penstock_api.capability.quota.RateLimiter"
    assert [re.sub(r"builtins\.", "", line) for line in said["right"]] == [
        f'note: Revealed type is "{protocol}"',
        f'note: Revealed type is "{protocol} | None"',
        f'note: Revealed type is "tuple[{protocol}, ...]"',
    ]


@pytest.mark.parametrize("name", [name for name in WRONG if name.startswith("active_and")])
def test_r_30_an_active_extension_with_handles_per_consumer_cannot_be_written(said, name):
    assert re.search(WRONG[name][1], "\n".join(said[name]))


@pytest.mark.parametrize("name", [name for name in WRONG if name.startswith("a_handle")])
def test_r_18_a_handle_that_is_not_what_it_offers_is_a_type_error(said, name):
    assert re.search(WRONG[name][1], "\n".join(said[name]))


@pytest.mark.parametrize("name", sorted(WRONG))
def test_every_wrong_program_is_refused_once_and_for_its_own_reason(said, name):
    [line] = [line for line in said[name] if line.startswith("error")]
    assert re.search(WRONG[name][1], line)
