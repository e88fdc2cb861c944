import pytest

from penstock_api import Metrics, Signal
from penstock_testkit import logs, make, metrics, names_of, traces


@pytest.mark.parametrize("signal", Signal)
def test_every_item_has_its_own_name(signal):
    names = names_of(make(signal, 25, first=5))
    assert len(set(names)) == 25
    assert [int(name.rpartition("-")[2]) for name in names] == list(range(5, 30))


@pytest.mark.parametrize("signal", Signal)
def test_the_same_call_gives_the_same_bytes(signal):
    assert make(signal, 7).to_bytes() == make(signal, 7).to_bytes()


@pytest.mark.parametrize("build", [traces, metrics, logs])
def test_a_batch_counts_what_was_asked_for(build):
    assert [len(build(n)) for n in (0, 1, 101)] == [0, 1, 101]


def test_names_survive_joining_and_splitting():
    joined = Metrics.join([metrics(12), metrics(3, first=12)])
    pieces = joined.split(4)
    assert [name for piece in pieces for name in names_of(piece)] == [f"point-{n}" for n in range(15)]


def test_names_leave_a_batch_as_it_was():
    batch = traces(2).share()
    names_of(batch)
    assert len(batch.copy().edit().resource_spans) == 1
