"""Random configurations with random behaviour, in an order of events that a seed decides."""

import asyncio
import contextlib
import logging
import random
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace

from penstock_api import (
    BuildInfo,
    Components,
    Config,
    ConsumeError,
    Deadline,
    ExporterFactory,
    ExtensionFactory,
    PartialError,
    PermanentError,
    ProcessorFactory,
    ReceiverFactory,
    Registered,
    RetryableError,
    RouterFactory,
    Signal,
    within,
)
from penstock_api.capability import RATE_LIMITER
from penstock_api.extension import Active, Cloned, Stop
from penstock_dataflow import Dataflow, load
from penstock_dataflow.controller import PipelineKey
from penstock_engine.metrics import Registry
from penstock_testkit import FakeClock, settle

BUILD = BuildInfo("sim", "a simulation", "1.0.0")
ITEMS = 4
"""What every receiver sends."""


class ShuffledLoop(asyncio.SelectorEventLoop):
    """Runs what is ready in an order that a seed decides: whatever else holds must hold in every order."""

    def __init__(self, chance):
        super().__init__()
        self._chance = chance

    def _run_once(self):
        if len(self._ready) > 1:
            ready = list(self._ready)
            self._chance.shuffle(ready)
            self._ready.clear()
            self._ready.extend(ready)
        super()._run_once()


class Item:
    """One item with the way it came. Stands for a batch."""

    signal = Signal.LOGS

    def __init__(self, trail):
        self.trail = trail

    def __len__(self):
        return 1

    def copy(self):
        return Item(self.trail)

    def share(self):
        return self

    def through(self, name):
        return Item(f"{self.trail}>{name}")


@dataclass
class Ledger:
    """What became of every item, at every node: told by the nodes themselves."""

    offered: Counter = field(default_factory=Counter)
    told: Counter = field(default_factory=Counter)
    taken: Counter = field(default_factory=Counter)
    passed: list = field(default_factory=list)
    kept: Counter = field(default_factory=Counter)
    let_go: Counter = field(default_factory=Counter)
    delivered: Counter = field(default_factory=Counter)
    published: Counter = field(default_factory=Counter)
    read: Counter = field(default_factory=Counter)


class NodeConfig(Config):
    """How a node behaves."""

    seed: int = 0
    """Decides all that is random about it."""

    pipeline: str = ""
    """Where it stands."""

    outputs: tuple[str, ...] = ()
    """Of a router."""


class Base:
    """A node: `taken` notes every batch that it has accepted."""

    def __init__(self, sim, settings, config, onward=None):
        self.sim, self.settings, self.onward = sim, settings, onward
        self.name = f"{config.pipeline}.{settings.id.name}"
        self.chance = random.Random(config.seed)
        self.clock = settings.clock

    closing = None

    async def consume(self, item):
        if self.closing is not None and self.closing.remaining() > 1e-6:
            self.sim.problems.append(f"{self.name} had been shut down when {item.trail} came")
        await self.work(item)
        self.sim.ledger.taken[self.name, item.trail] += 1

    async def shutdown(self, deadline):
        self.closing = deadline

    async def send(self, item, port="default", onward=None, mark=""):
        new = item.through(f"{self.name}{mark}")
        await (onward or self.onward).consume(new)
        self.sim.ledger.passed.append((self.name, port, new.trail))

    def pause(self, most=2.0):
        return self.clock.sleep(self.chance.uniform(0, most))

    def refusal(self):
        return self.chance.choice(
            [
                RetryableError("later", after=1.0),
                PermanentError("never"),
                PartialError("in part", rejected=1),
                KeyError("bug"),
            ]
        )


class Source(Base):
    """Sends its items, a few at a time; at shutdown it waits for the outcomes."""

    def __init__(self, *given):
        super().__init__(*given)
        self.sending = set()
        self.sender = None

    async def start(self):
        self.sender = self.settings.tasks.spawn(self.send_all(), name="sending")
        if self.chance.random() < 0.15:
            self.settings.tasks.spawn(self.crash(), name="crashing")

    async def crash(self):
        await self.pause(10.0)
        raise OSError("lost the port")

    async def send_all(self):
        for _ in range(ITEMS):
            await self.pause(1.0)
            while len(self.sending) >= 3:
                await asyncio.wait(self.sending, return_when=asyncio.FIRST_COMPLETED)
            task = self.settings.tasks.spawn(self.offer(), name="offering")
            self.sending.add(task)
            task.add_done_callback(self.sending.discard)

    async def offer(self):
        ledger = self.sim.ledger
        item = Item(f"i{next(self.sim.numbers)}")
        ledger.offered[item.trail] += 1
        try:
            await self.send(item)
        except (ConsumeError, KeyError):
            ledger.told[item.trail, "refused"] += 1
        except asyncio.CancelledError:
            ledger.told[item.trail, "cut"] += 1
            raise
        else:
            ledger.told[item.trail, "accepted"] += 1

    async def shutdown(self, deadline):
        if self.sender is not None:
            self.sender.cancel()
            await asyncio.wait((self.sender,))
        with contextlib.suppress(TimeoutError):
            async with within(deadline.clock, deadline.remaining()):
                while self.sending:
                    await asyncio.wait(self.sending)
        for task in tuple(self.sending):
            task.cancel()
        if self.sending:
            await asyncio.wait(self.sending)


class Pass(Base):
    async def work(self, item):
        await self.send(item)


class Slow(Base):
    async def work(self, item):
        await self.pause()
        await self.send(item)


class Refusing(Base):
    async def work(self, item):
        if self.chance.random() < 0.3:
            raise self.refusal()
        await self.send(item)


class Failing(Base):
    """Passes on, and then one of its tasks fails: the whole copy is replaced."""

    async def start(self):
        if self.chance.random() < 0.5:
            self.settings.tasks.spawn(self.crash(), name="crashing")

    async def crash(self):
        await self.pause(8.0)
        raise OSError("broke")

    async def work(self, item):
        await self.send(item)


class Retrying(Base):
    """Offers again after a pause, until the end has come."""

    ending = False

    def drain(self, deadline):
        self.ending = True

    async def work(self, item):
        for attempt in range(4):
            try:
                await self.send(item, mark=f"#{attempt}")
            except RetryableError:
                if attempt == 3 or self.ending:
                    raise
            else:
                return
            await self.pause(3.0)


class Buffer(Base):
    """Accepts at once, and passes on later: what it cannot pass on it lets go, and counts."""

    def __init__(self, *given):
        super().__init__(*given)
        self.held = []
        self.some = asyncio.Event()
        self.worker = None
        self.ended = False

    async def start(self):
        self.worker = self.settings.tasks.spawn(self.run(), name="passing on")

    async def work(self, item):
        if len(self.held) >= 4 or self.ended:
            raise RetryableError("buffer is full")
        self.held.append(item)
        self.sim.ledger.kept[self.name, item.trail] += 1
        self.some.set()

    async def run(self):
        while not (self.ended and not self.held):
            await self.some.wait()
            while self.held:
                if not self.ended:
                    await self.pause(1.0)
                item = self.held[0]
                try:
                    await self.send(item)
                except (ConsumeError, KeyError):
                    self.sim.ledger.let_go[self.name, item.trail] += 1
                else:
                    self.sim.ledger.delivered[self.name, item.trail] += 1
                self.held.remove(item)
            self.some.clear()
            if self.ended:
                return

    async def shutdown(self, deadline):
        await super().shutdown(deadline)
        self.ended = True
        self.some.set()
        if self.worker is not None:
            with contextlib.suppress(TimeoutError):
                async with within(deadline.clock, deadline.remaining()):
                    await asyncio.wait((self.worker,))
            self.worker.cancel()
            await asyncio.wait((self.worker,))
        for item in self.held:
            self.sim.ledger.let_go[self.name, item.trail] += 1
        self.held.clear()


class Router(Base):
    """Sends each batch to one of its outputs."""

    async def work(self, item):
        port = self.chance.choice(self.onward.names)
        await self.send(item, port, self.onward.get(port))


class Sink(Base):
    async def work(self, item):
        pass


class SlowSink(Base):
    async def work(self, item):
        await self.pause()


class RefusingSink(Base):
    async def work(self, item):
        await self.pause(0.5)
        if self.chance.random() < 0.4:
            raise self.refusal()


class HangingSink(Base):
    """Some batches never have an outcome, and neither has its shutdown."""

    async def work(self, item):
        if self.chance.random() < 0.2:
            await asyncio.Event().wait()

    async def shutdown(self, deadline):
        await super().shutdown(deadline)
        if self.chance.random() < 0.3:
            await asyncio.Event().wait()


class Publishing(Base):
    """Feeds the topic."""

    def __init__(self, *given):
        super().__init__(*given)
        self.publish = self.settings.topics.publisher("t", Signal.LOGS).consume

    async def work(self, item):
        new = item.through(self.name)
        await self.publish(new)
        self.sim.ledger.published[new.trail] += 1


class Reading(Base):
    """Reads the topic."""

    def __init__(self, *given):
        super().__init__(*given)
        taker = SimpleNamespace(consume=self.take)
        subscribe = self.settings.topics.subscription
        self.subscription = subscribe("t", Signal.LOGS, taker, self.settings.tasks, group="readers")

    async def start(self):
        await self.subscription.start()

    async def take(self, item):
        await self.send(item)
        self.sim.ledger.read[item.trail] += 1

    async def shutdown(self, deadline):
        await self.subscription.shutdown(deadline)


PROCESSORS = {
    "pass": Pass,
    "slow": Slow,
    "refusing": Refusing,
    "failing": Failing,
    "retrying": Retrying,
    "buffer": Buffer,
}
SINKS = {"sink": Sink, "slow": SlowSink, "refusing": RefusingSink, "hanging": HangingSink}


@dataclass(frozen=True, slots=True)
class Handle:
    """What an extension offers."""

    number: int

    def try_acquire(self, units):
        return True

    def retry_after(self, units):
        return 0.0


class Living:
    """An extension that ends when it is told to, or later, or never."""

    def __init__(self, clock, chance):
        self.clock, self.chance = clock, chance

    async def run(self, control):
        await self.clock.sleep(self.chance.uniform(0, 1))
        control.ready()
        while not isinstance(await control.wait(), Stop):
            """It has nothing to do."""
        kind = self.chance.random()
        if kind < 0.2:
            await asyncio.Event().wait()
        elif kind < 0.5:
            await self.clock.sleep(self.chance.uniform(0, 3))


class Simulation:
    """One random configuration. `run` runs it, changes it, stops it; `problems` tells what does not add up."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.ledger = Ledger()
        self.clock = FakeClock()
        self.registry = Registry()
        self.numbers = iter(range(10**9))
        self.problems = []
        self.wires = {}
        self.has_topic = self.chance.random() < 0.4
        self.is_acknowledged = self.chance.random() < 0.5

    # -- what there is -------------------------------------------------------------------------------

    def components(self):
        def registered(*factories):
            return tuple(Registered(factory=one, project="sim", version="1") for one in factories)

        def make(kind):
            return lambda *given: kind(self, *given)

        def create(settings, config):
            life = Living(settings.clock, random.Random(config.seed))
            return Active(life, Cloned(RATE_LIMITER, Handle(config.seed)), readiness=5.0)

        return Components(
            receivers=registered(
                ReceiverFactory(kind="source", config=NodeConfig, create_logs=make(Source)),
                ReceiverFactory(kind="reading", config=NodeConfig, create_logs=make(Reading)),
            ),
            processors=registered(
                *(
                    ProcessorFactory(
                        kind=name, config=NodeConfig, create_logs=make(kind), mutates_data=name == "slow"
                    )
                    for name, kind in PROCESSORS.items()
                ),
                RouterFactory(
                    kind="router",
                    config=NodeConfig,
                    create=make(Router),
                    outputs=lambda config: config.outputs,
                ),
            ),
            exporters=registered(
                *(
                    ExporterFactory(kind=name, config=NodeConfig, create_logs=make(kind))
                    for name, kind in {**SINKS, "publishing": Publishing}.items()
                )
            ),
            extensions=registered(
                ExtensionFactory(
                    kind="living", config=NodeConfig, create=create, capabilities=(RATE_LIMITER,)
                )
            ),
        )

    # -- a random configuration ----------------------------------------------------------------------

    def config(self):
        groups = {
            f"g{number}": {
                "pipelines": {
                    f"p{index}": self.pipeline(f"g{number}/p{index}") for index in range(self.some(1, 2))
                },
                **self.extensions("group"),
            }
            for number in range(self.some(1, 2))
        }
        if self.has_topic:
            self.join(groups)
        recovery = {"initial_backoff": "500ms", "max_restarts": self.some(1, 3)}
        policies = {
            "runtime_recovery": recovery,
            "telemetry": {
                "runtime_metrics": self.chance.choice(["none", "none", "basic", "normal", "detailed"])
            },
        }
        return {
            "version": "otel_dataflow/v1",
            "policies": policies,
            "groups": groups,
            **({"topics": {"t": self.topic()}} if self.has_topic else {}),
            **self.extensions("engine"),
        }

    def join(self, groups):
        """Have one pipeline feed the topic, and another read it."""
        group = groups["g0"]["pipelines"]
        feeding = group["p0"]
        feeding["nodes"]["out0"]["type"] = "exporter:publishing"
        name = "g0/reads"
        group["reads"] = reading = self.pipeline(name)
        reading["nodes"]["in0"]["type"] = "receiver:reading"

    def topic(self):
        mode = "auto" if self.is_acknowledged else "disabled"
        queue = {"queue_capacity": self.some(1, 4), "on_full": self.chance.choice(["block", "drop_newest"])}
        return {"policies": {"ack_propagation": {"mode": mode}, "balanced": queue}}

    def extensions(self, scope):
        if self.chance.random() < 0.6:
            return {}
        return {"extensions": {f"{scope}_x": {"type": "extension:living", "config": self.seeded()}}}

    def pipeline(self, name):
        sources = [f"in{number}" for number in range(self.some(1, 2))]
        steps = [f"step{number}" for number in range(self.some(0, 4))]
        sinks = [f"out{number}" for number in range(self.some(1, 3))]
        nodes = {one: self.node("receiver:source", name) for one in sources}
        nodes |= {
            one: self.node(f"processor:{self.chance.choice([*PROCESSORS, 'router'])}", name) for one in steps
        }
        nodes |= {one: self.node(f"exporter:{self.chance.choice(list(SINKS))}", name) for one in sinks}
        connections = []
        for place, one in enumerate([*sources, *steps]):
            later = [*steps[max(0, place - len(sources) + 1) :], *sinks]
            ports = ["default"]
            if nodes[one]["type"] == "processor:router":
                ports = [f"port{number}" for number in range(self.some(1, 3))]
                nodes[one]["config"]["outputs"] = ports
            for port in ports:
                first = self.connection(one, port, later)
                rest = [target for target in later if target not in first["to"]]
                connections += (
                    [first, self.connection(one, port, rest)] if rest and self.some(0, 2) == 0 else [first]
                )
        for one in [*steps, *sinks]:  # everything is fed
            if not any(one in connection["to"] for connection in connections):
                feeder = self.chance.choice(
                    [*sources, *steps[: steps.index(one)]] if one in steps else [*sources, *steps]
                )
                port = (nodes[feeder]["config"].get("outputs") or ["default"])[0]
                connections.append({"from": f'{feeder}["{port}"]', "to": [one]})
        self.wires[name] = connections
        workers = {"count": self.some(1, 2), "backend": "inline"}
        written = {"nodes": nodes, "connections": connections, "workers": workers}
        capacity = {"channel_capacity": {"pdata": self.some(1, 4)}}
        return {**written, "policies": capacity, **self.extensions("own")}

    def connection(self, source, port, later):
        targets = self.chance.sample(later, min(len(later), self.some(1, 3)))
        dispatch = self.chance.choice(["one_of", "broadcast"])
        return {"from": f'{source}["{port}"]', "to": targets, "policies": {"dispatch": dispatch}}

    def node(self, kind, pipeline):
        return {"type": kind, "config": {**self.seeded(), "pipeline": pipeline}}

    def seeded(self):
        return {"seed": self.chance.randrange(10**6)}

    def some(self, least, most):
        return self.chance.randint(least, most)

    # -- its life ------------------------------------------------------------------------------------

    async def run(self):
        flow = Dataflow.build(
            load(self.config()),
            self.components(),
            build=BUILD,
            clock=self.clock,
            meter=self.registry,
            log=logging.getLogger("penstock.simulation"),
            metrics=self.registry.series,
        )
        starting = asyncio.get_running_loop().create_task(flow.start())
        await self.until(starting, 10.0)
        await self.clock.advance(self.chance.uniform(0, 6))
        if self.chance.random() < 0.4:
            self.change(flow)
        await self.clock.advance(self.chance.uniform(0, 10))
        await self.stop(flow, starting)

    def change(self, flow):
        [key, *_] = self.chance.sample(sorted(flow.control.pipelines(), key=lambda one: one.key), 1)
        with contextlib.suppress(Exception):  # it is not ready, or stops already: then it says so
            if self.chance.random() < 0.3:
                flow.control.delete(key.key, drain_seconds=self.chance.uniform(0, 5))
            else:
                name = str(key.key)
                before = self.wires.pop(name)
                body = self.pipeline(f"{name}'")
                self.wires[name] = before
                flow.control.apply(PipelineKey.parse(name), body, step_seconds=5, drain_seconds=3)

    async def stop(self, flow, starting):
        starting.cancel()
        seconds = self.chance.choice([0.0, self.chance.uniform(0, 2), self.chance.uniform(2, 15)])
        deadline, begun = Deadline.after(self.clock, seconds), self.clock.now()
        ended = []

        async def stopping():
            await flow.stop(deadline)
            ended.append(self.clock.now())

        task = asyncio.get_running_loop().create_task(stopping())
        await self.until(task, seconds + 5.0)
        if not ended:
            self.problems.append(f"the stop of {seconds:.2f} s did not end")
            task.cancel()
        elif ended[0] > begun + seconds + 1.0 + 1e-6:
            self.problems.append(f"the stop of {seconds:.2f} s took {ended[0] - begun:.2f} s")
        await asyncio.gather(task, starting, return_exceptions=True)
        await settle()
        left = [one.get_name() for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        if left:
            self.problems.append(f"tasks are left: {sorted(left)}")

    async def until(self, task, seconds):
        """Let time pass until `task` is done."""
        end = self.clock.now() + seconds
        await settle()
        while not task.done() and self.clock.now() < end:
            await self.clock.advance(1.0)

    # -- does it add up? -----------------------------------------------------------------------------

    def check(self):
        ledger = self.ledger
        for trail in ledger.offered:
            outcomes = sum(ledger.told[trail, one] for one in ("accepted", "refused", "cut"))
            if outcomes != 1:
                self.problems.append(f"{trail} has {outcomes} outcomes")
        for name, port, trail in ledger.passed:
            self.check_passed(name, port, trail)
        self.check_topic()
        for key, times in ledger.kept.items():
            if times != ledger.delivered[key] + ledger.let_go[key]:
                self.problems.append(
                    f"{key} was kept {times} times, passed on {ledger.delivered[key]}, let go {ledger.let_go[key]}"
                )
        self.problems += [
            f"{key} was taken {times} times" for key, times in ledger.taken.items() if times > self.ways(*key)
        ]

    def check_topic(self):
        """What was published was read once, or dropped and counted."""
        ledger = self.ledger
        published, read = sum(ledger.published.values()), sum(ledger.read.values())
        dropped = sum(
            value
            for key, value in self.registry.snapshot().items()
            if key.startswith("otelcol_topic_dropped_items")
        )
        if self.is_acknowledged:
            self.problems += [
                f"{one} was accepted and not read" for one in ledger.published if not ledger.read[one]
            ]
        elif published != read + dropped:
            self.problems.append(f"{published} published, {read} read, {dropped} dropped")

    def check_passed(self, name, port, trail):
        """What the next was said to have accepted it has: all of a broadcast, one of those who compete."""
        pipeline, _, node = name.partition(".")
        for one in self.wires[pipeline]:
            if one["from"] != f'{node}["{port}"]':
                continue
            taken = [self.ledger.taken[f"{pipeline}.{target}", trail] for target in one["to"]]
            dispatch = one.get("policies", {}).get("dispatch", "one_of")
            good = min(taken) >= 1 if dispatch == "broadcast" else sum(taken) >= 1
            if not good:
                self.problems.append(f"{trail} from {name} went into {one} and was taken {taken} times")

    def ways(self, name, trail):
        """In how many ways a batch of that trail can come to a node."""
        pipeline, _, node = name.partition(".")
        source = trail.rpartition(">")[2].partition("#")[0].partition(".")[2]
        return sum(
            node in one["to"] and one["from"].partition("[")[0] == source for one in self.wires[pipeline]
        )


def simulate(seed):
    """The problems of one simulation."""
    simulation = Simulation(seed)
    loop = ShuffledLoop(random.Random(seed))
    noticed = []
    loop.set_exception_handler(lambda _, context: noticed.append(str(context.get("message"))))
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(simulation.run())
    simulation.check()
    return [*simulation.problems, *noticed]
