from hypothesis import given, settings
from hypothesis import strategies as st

from penstock_api import NO_CLIENT, Signal, batch_type
from penstock_processor_batch.buffer import Buffer
from penstock_testkit import make, names_of


@settings(deadline=None, max_examples=60)
@given(
    signal=st.sampled_from(Signal),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    limit=st.integers(0, 50),
)
def test_every_item_is_taken_once_in_order_and_no_batch_exceeds_the_limit(signal, sizes, limit):
    buffer, first = Buffer(batch_type(signal), NO_CLIENT, limit), 0
    for size in sizes:
        buffer.add(make(signal, size, first=first))
        first += size
    taken = []
    while buffer.items:
        taken.append(buffer.take())
    assert [name for batch in taken for name in names_of(batch)] == names_of(make(signal, first))
    full = limit or first
    assert [len(batch) for batch in taken[:-1]] == [full] * (len(taken) - 1)
    assert 0 < len(taken[-1]) <= full
