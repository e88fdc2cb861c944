"""Any graph, stopped at any time: every sender learns the outcome, and what it says is true."""

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock_api import Deadline, PermanentError
from penstock_engine import Assembly, Edge, Graph, Node, compete
from penstock_testkit import FakeClock, make_settings

from .probes import Note, Probe, Reports

PAYLOADS = 6


@st.composite
def shapes(draw):
    """Nodes 0..n; edges lead from lower to higher numbers; what nothing leads to is a source."""
    count = draw(st.integers(2, 7))
    pairs = [(one, two) for two in range(1, count) for one in range(two)]
    edges = draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    inboxes = draw(st.lists(st.none() | st.integers(1, 3), min_size=count, max_size=count))
    return count, edges, inboxes


class Source:
    """Sends all it has at once; at shutdown it waits until all of that has an outcome."""

    def __init__(self, name, onward):
        self.name, self.onward, self.sending = name, onward, {}

    async def start(self):
        for number in range(PAYLOADS):
            text = f"{self.name}/{number}"
            sent = self.onward["default"].consume(Note(text))
            self.sending[text] = asyncio.get_running_loop().create_task(sent)

    async def shutdown(self, deadline):
        await asyncio.gather(*self.sending.values(), return_exceptions=True)


class Step:
    """Passes on after `turns` of the loop; refuses the payloads named in `refused`."""

    def __init__(self, name, onward, turns, refused, seen):
        self.name, self.onward, self.turns, self.refused, self.seen = name, onward, turns, refused, seen
        self.stopped = False

    async def consume(self, note):
        assert not self.stopped, "a payload came after shutdown"
        for _ in range(self.turns):
            await asyncio.sleep(0)
        if note.text in self.refused:
            raise PermanentError("refused")
        self.seen[self.name, note.text] += 1
        for one in self.onward.values():
            await one.consume(note)

    async def shutdown(self, deadline):
        self.stopped = True


def ways(edges, source):
    """How many ways lead from `source` to each node."""
    found = Counter({source: 1})
    for one, two in sorted(edges):
        found[two] += found[one]
    return found


@settings(max_examples=60, deadline=None)
@given(
    shape=shapes(),
    turns=st.lists(st.integers(0, 3), min_size=7, max_size=7),
    refused=st.sets(st.integers(0, PAYLOADS - 1), max_size=2),
    rounds=st.integers(0, 30),
)
def test_every_outcome_is_told_and_true(shape, turns, refused, rounds):
    _, edges, inboxes = shape
    sources = {one for one, _ in edges} - {two for _, two in edges}
    names = {f"{source}/{number}" for source in sources for number in refused}
    seen = Counter()

    async def run():
        entrances = {}

        def create(number):
            def source(onward):
                entrances[number] = Source(number, onward)
                return entrances[number]

            def step(onward):
                return Step(number, onward, turns[number], names, seen)

            return source if number in sources else step

        used = sorted({end for edge in edges for end in edge})
        nodes = [Node(id=str(number), create=create(number), inbox=inboxes[number]) for number in used]
        wiring = [Edge(source=str(one), target=str(two)) for one, two in sorted(edges)]
        tasks = make_settings().tasks
        assembly = Assembly.build(Graph.of(nodes, wiring), Reports().describe, tasks)
        await assembly.start()
        for _ in range(rounds):
            await asyncio.sleep(0)
        problems = await assembly.stop(Deadline.after(FakeClock(), 5))
        assert tasks.running == ()
        every = {text: task for one in entrances.values() for text, task in one.sending.items()}
        return problems, {text: task.exception() for text, task in every.items()}

    problems, outcomes = asyncio.run(run())
    assert problems == ()
    for name, outcome in outcomes.items():
        source = int(name.partition("/")[0])
        for node, paths in ways(edges, source).items():
            if node != source:
                assert isinstance(outcome, PermanentError) if name in names else outcome is None
                assert seen[node, name] == (0 if name in names else paths)


@settings(max_examples=30, deadline=None)
@given(
    takers=st.integers(1, 4),
    capacity=st.integers(1, 3),
    turns=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    rounds=st.integers(0, 20),
)
def test_of_competing_nodes_exactly_one_gets_each_payload(takers, capacity, turns, rounds):
    seen = Counter()

    async def run():
        source, tasks = Probe("in", []), make_settings().tasks

        def start(onward):
            source.onward = onward
            return source

        def taker(number):
            return Node(id=str(number), create=lambda onward: Step(number, onward, turns[number], (), seen))

        nodes = [Node(id="in", create=start), compete("queue", tasks, capacity=capacity)]
        nodes += [taker(number) for number in range(takers)]
        wiring = [Edge(source="in", target="queue")]
        wiring += [Edge(source="queue", target=str(number), port=str(number)) for number in range(takers)]
        assembly = Assembly.build(Graph.of(nodes, wiring), Reports().describe, tasks)
        await assembly.start()
        spawn = asyncio.get_running_loop().create_task
        sending = [spawn(source.onward["default"].consume(Note(str(number)))) for number in range(PAYLOADS)]
        for _ in range(rounds):
            await asyncio.sleep(0)
        await assembly.stop(Deadline.after(FakeClock(), 5))
        return await asyncio.wait_for(asyncio.gather(*sending, return_exceptions=True), 5)

    outcomes = asyncio.run(run())
    got = Counter(name for (_, name), times in seen.items() for _ in range(times))
    assert got == Counter(str(number) for number, outcome in enumerate(outcomes) if outcome is None)
