import pytest

from penstock_api import ComponentId, Kind, Status
from penstock_engine import Reporter, StatusBoard
from penstock_testkit import FakeClock

NONE, STARTING, OK = Status.NONE, Status.STARTING, Status.OK
RECOVERABLE, PERMANENT, FATAL = Status.RECOVERABLE_ERROR, Status.PERMANENT_ERROR, Status.FATAL_ERROR
STOPPING, STOPPED = Status.STOPPING, Status.STOPPED
ID = ComponentId("some", "one")

ALLOWED = {
    NONE: {STARTING},
    STARTING: {OK, RECOVERABLE, PERMANENT, FATAL, STOPPING},
    OK: {OK, RECOVERABLE, PERMANENT, FATAL, STOPPING},
    RECOVERABLE: {RECOVERABLE, OK, PERMANENT, FATAL, STOPPING},
    PERMANENT: {STOPPING},
    FATAL: set(),
    STOPPING: {RECOVERABLE, PERMANENT, FATAL, STOPPED},
    STOPPED: set(),
}
WAYS = {
    NONE: (),
    STARTING: (STARTING,),
    OK: (STARTING, OK),
    RECOVERABLE: (STARTING, RECOVERABLE),
    PERMANENT: (STARTING, PERMANENT),
    FATAL: (STARTING, FATAL),
    STOPPING: (STARTING, STOPPING),
    STOPPED: (STARTING, STOPPING, STOPPED),
}


@pytest.fixture
def board():
    return StatusBoard(FakeClock())


@pytest.fixture
def report(board):
    return Reporter(board, Kind.PROCESSOR, ID, ("p",))


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
def test_c_44_transitions_follow_the_table_and_illegal_ones_emit_nothing(board, report, before, after):
    for status in WAYS[before]:
        report(status)
    events = []
    board.watch(events.append)
    taken = board.report(Kind.PROCESSOR, ID, ("p",), after, "why")
    assert taken is (after in ALLOWED[before])
    assert [event.status for event in events] == ([after] if taken else [])
    assert report.latest is (after if taken else before)


def test_an_event_says_whose_status_changed_when_and_why(board, report):
    events = []
    board.watch(events.append)
    report(STARTING)
    report(RECOVERABLE, "no backend")
    event = events[-1]
    assert (event.kind, event.id, event.pipelines) == (Kind.PROCESSOR, ID, ("p",))
    assert (event.status, event.error, event.wall_ns) == (RECOVERABLE, "no backend", FakeClock().wall_ns())
    assert board.latest() == {(Kind.PROCESSOR, ID): event}


def test_saying_the_same_again_without_an_error_is_no_change(board, report):
    report(STARTING)
    report(OK)
    events = []
    board.watch(events.append)
    report(OK)
    assert events == []


def test_components_of_two_kinds_with_one_id_are_apart(board, report):
    other = Reporter(board, Kind.EXPORTER, ID)
    report(STARTING)
    assert (report.latest, other.latest) == (STARTING, NONE)


def test_a_watcher_that_fails_keeps_nobody_from_hearing(board, report, caplog):
    heard = []
    board.watch(lambda event: heard[7])
    board.watch(heard.append)

    report(STARTING)

    assert [event.status for event in heard] == [STARTING]
    assert caplog.messages == ["status watcher failed"]
