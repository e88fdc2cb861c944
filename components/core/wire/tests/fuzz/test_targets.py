"""The targets of `make fuzz` hold on what the fuzzer begins with, and on a few random changes of it."""

import random

import pytest

from . import targets

every = pytest.mark.parametrize("name", targets.TARGETS)


@pytest.fixture
def turn():
    with targets.Loop() as loop:
        yield loop.turn


def changed(chance, seed):
    """`seed` with some bytes replaced, left out or put in twice."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(3):
            case 0:
                data[at : at + 1] = chance.randbytes(1)
            case 1:
                del data[at : at + chance.randrange(16)]
            case _:
                data[at:at] = data[at : at + chance.randrange(64)]
    return bytes(data)


@every
def test_every_beginning_of_a_seed_is_survived(name, turn):
    for seed in targets.SEEDS[name]:
        for end in range(len(seed) + 1):
            targets.TARGETS[name](seed[:end], turn)


@every
def test_changed_seeds_are_survived(name, turn):
    chance = random.Random(name)
    for _ in range(300):
        targets.TARGETS[name](changed(chance, chance.choice(targets.SEEDS[name])), turn)


@every
def test_seeds_get_as_far_as_an_answer(name, turn, monkeypatch):
    """Otherwise the fuzzer would learn nothing of what comes after the beginning."""
    answered = []
    monkeypatch.setattr(targets.Transport, "write", lambda self, data: answered.append(len(data)))
    for seed in targets.SEEDS[name]:
        targets.TARGETS[name](seed, turn)
    speaks = "server" in name or "client" in name
    assert bool(answered) is speaks
