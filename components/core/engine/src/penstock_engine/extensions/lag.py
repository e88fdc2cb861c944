"""Names the extension whose code holds up the event loop: what blocks belongs into a thread."""

import asyncio
import logging
import queue
import sys
import threading
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Final, Literal

from penstock_api.extension import AnyCloned, Background, Bundle, Passive

__all__ = ("LagMonitor",)

_Said = Literal["here", "stop"]
_OURS: Final = frozenset(("penstock_api", "penstock_engine"))


class LagMonitor:
    """Watches an event loop from a thread: `start` once, `stop` at any time.

    When the loop takes longer than `threshold` seconds to answer, the log says so: where it is, and in whose
    code if that is an extension's; else only who debugs hears of it. It is asked every `interval` seconds.
    """

    def __init__(
        self,
        log: "logging.Logger | logging.LoggerAdapter[logging.Logger]",
        *,
        threshold: float = 0.25,
        interval: float = 1.0,
    ) -> None:
        self._log = log
        self._threshold = threshold
        self._interval = interval
        self._known: Mapping[int, tuple[str, tuple[object, ...]]] = {}
        self._said: queue.SimpleQueue[_Said] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._watch, name="loop lag monitor", daemon=True)

    def know(self, name: str, bundle: Bundle) -> None:
        """Recognize the code of the extension `name` from now on."""
        self._known = {**self._known, id(bundle): (name, _parts(bundle))}

    def forget(self, bundle: Bundle) -> None:
        """The extension that `bundle` is has ended."""
        self._known = {key: one for key, one in self._known.items() if key != id(bundle)}

    def start(self) -> None:
        """Begin to watch the running loop."""
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        if self._thread.is_alive():
            self._said.put("stop")
            self._thread.join()

    def _watch(self) -> None:
        while self._hear(self._interval) is None:
            try:
                self._loop.call_soon_threadsafe(self._said.put, "here")
            except RuntimeError:  # the loop is closed
                return
            said = self._hear(self._threshold)
            if said is None and not self._loop.is_closed():
                self._tell()
                while said is None and not self._loop.is_closed():  # once for each time that it is held up
                    said = self._hear(self._interval)
            if said == "stop":
                return

    def _hear(self, seconds: float) -> _Said | None:
        try:
            return self._said.get(timeout=seconds)
        except queue.Empty:
            return None

    def _tell(self) -> None:
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - there is no other way to look
        frames = tuple(_outward(frame))
        whose = self._by_object(frames) or self._by_package(frames)
        at = f"{frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else ""
        extra = {"seconds": self._threshold, "at": at}
        if whose:
            self._log.warning("an extension holds up the event loop", extra={"extension": whose, **extra})
        else:
            self._log.debug("the event loop is held up", extra=extra)

    def _by_object(self, frames: tuple[FrameType, ...]) -> str:
        """The extension of whose objects a method runs, the innermost first."""
        for frame in frames:
            if frame.f_code.co_varnames[:1] == ("self",):
                running = frame.f_locals.get("self")
                for name, parts in self._known.values():
                    if any(part is running for part in parts):
                        return name
        return ""

    def _by_package(self, frames: tuple[FrameType, ...]) -> str:
        """The extensions whose package a function that runs belongs to."""
        for frame in frames:
            package = _package(frame.f_globals.get("__name__", ""))
            names = [
                name
                for name, parts in self._known.values()
                if package in {_package(_home(one)) for one in parts}
            ]
            if names and package not in _OURS:
                return ", ".join(names)
        return ""


def _parts(bundle: Bundle) -> tuple[object, ...]:
    """The objects of an extension whose code may run."""
    offers = () if isinstance(bundle, Background) else (bundle.first, *bundle.more)
    made = tuple(one.handle if isinstance(one, AnyCloned) else one.make for one in offers)
    return made if isinstance(bundle, Passive) else (bundle.lifecycle, *made)


def _outward(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _home(part: object) -> str:
    return getattr(part, "__module__", "") or type(part).__module__


def _package(module: str) -> str:
    return module.partition(".")[0]
