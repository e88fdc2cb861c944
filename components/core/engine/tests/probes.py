"""What travels and what stands in the graphs of these tests."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock_api import Report, Status
from penstock_engine import Consumer, Node


class Note:
    """A payload: text that can be changed unless it is shared."""

    copies = 0

    def __init__(self, text="", *, shared=False):
        self.text = text
        self.shared = shared

    def copy(self):
        Note.copies += 1
        return Note(self.text)

    def share(self):
        self.shared = True
        return self

    def write(self, text):
        assert not self.shared, "a shared note was changed"
        self.text += text


@dataclass
class Sink:
    """Keeps what it is given; `error` refuses it, `gate` makes it wait."""

    error: Exception | None = None
    gate: asyncio.Event | None = None
    given: list[Note] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    async def consume(self, note):
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.given.append(note)
        self.texts.append(note.text)


@dataclass
class Writer:
    """Changes what it is given and passes it on."""

    mark: str
    onward: Consumer[Note] | None = None
    given: list[Note] = field(default_factory=list)

    async def consume(self, note):
        self.given.append(note)
        note.write(self.mark)
        if self.onward is not None:
            await self.onward.consume(note)


@dataclass(eq=False)
class Probe:
    """Writes its life into a diary, and passes on."""

    name: str
    diary: list[str]
    onward: Mapping[str, Consumer[Note]] = field(default_factory=dict)
    fail_start: Exception | None = None
    fail_stop: Exception | None = None

    async def start(self):
        self.diary.append(f"start {self.name}")
        if self.fail_start is not None:
            raise self.fail_start

    async def consume(self, note):
        self.diary.append(f"{self.name} takes {note.text}")
        for one in self.onward.values():
            await one.consume(note)

    async def shutdown(self, deadline):
        self.diary.append(f"stop {self.name}")
        if self.fail_stop is not None:
            raise self.fail_stop


@dataclass
class Reports:
    """A report per component, all in one list."""

    events: list[tuple[str, Status, str]] = field(default_factory=list)

    def describe(self, name: str) -> tuple[str, Report]:
        def report(status, error=""):
            self.events.append((name, status, error))

        return f'"{name}"', report


def probe_node(name, diary, **more):
    return Node(id=name, create=lambda onward: Probe(name, diary, onward, **more))


def sink_node(name, sink, **more):
    return Node(id=name, create=lambda _: sink, **more)
