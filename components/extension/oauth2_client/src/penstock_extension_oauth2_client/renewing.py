"""The token's life: asked for once however many want it, renewed in time, and never asked for too soon."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

from penstock_api import Control, Deadline, Settings, Status, Stop
from penstock_api.capability import BearerToken, CapabilityError, Publisher, Watch
from penstock_extension_oauth2_client.config import Oauth2ClientConfig
from penstock_extension_oauth2_client.request import Granted, TokenError

__all__ = ("Renewal", "Tokens")

_SOONEST: Final = 10.0
_JITTER: Final = 60.0
_FIRST_PAUSE: Final = 10.0
_LONGEST_PAUSE: Final = 300.0
_YEAR: Final = 365 * 86400.0


class Tokens:
    """All state: the token, or why there is none. Whoever needs one and has none waits for who asks."""

    def __init__(self, settings: Settings, watch: Watch[BearerToken | None]) -> None:
        self.error = ""
        """Why the last attempt failed, while the server is left alone."""
        self.wanted = asyncio.Event()
        """Set when somebody needs a token and has none."""
        self._watch = watch
        self._id = str(settings.id)
        self._clock = settings.clock
        self._told = asyncio.Event()

    async def get(self) -> BearerToken:
        """A usable token. Raises `CapabilityError` at once while the server is left alone after a failure."""
        while (token := self._watch.current) is None or not token.usable(self._clock.now()):
            if self.error:
                raise CapabilityError(self._id, "bearer_token_provider", self.error)
            self._told.clear()
            self.wanted.set()
            await self._told.wait()
        return token

    def tell(self) -> None:
        """An attempt is over: let those who wait look again."""
        self.wanted.clear()
        self._told.set()


class Renewal:
    """The lifecycle: one task asks, in time and not too often."""

    def __init__(
        self,
        settings: Settings,
        config: Oauth2ClientConfig,
        fetch: Callable[[], Awaitable[Granted]],
        publisher: Publisher[BearerToken | None],
        tokens: Tokens,
    ) -> None:
        """`fetch` asks the server once and raises `TokenError`."""
        self._settings = settings
        self._config = config
        self._fetch = fetch
        self._publisher = publisher
        self._tokens = tokens
        self._failures = 0
        self._good, self._bad = (
            settings.meter.counter(
                "otelcol_extension_oauth2_client_requests",
                unit="{requests}",
                extension=str(settings.id),
                outcome=outcome,
            )
            for outcome in ("granted", "failed")
        )

    async def run(self, control: Control) -> None:
        """Renew until `Stop`."""
        renewing = self._settings.tasks.spawn(self._renew(control), name="renew")
        try:
            while not isinstance(message := await control.wait(), Stop):
                if message is not None:
                    message.refuse("the server is asked as the first config says")
        finally:
            renewing.cancel()
            await asyncio.wait((renewing,))
            self._publisher.close()

    async def _renew(self, control: Control) -> None:
        while True:
            pause = await self._attempt()
            if not self._tokens.error:
                control.ready()
            self._tokens.tell()
            await self._pause(pause)
            self._tokens.error = ""

    async def _attempt(self) -> float:
        """Ask once; how long to wait until the next time."""
        try:
            granted = await self._fetch()
        except TokenError as error:
            self._bad.add(1)
            self._tokens.error = str(error)
            self._failures += 1
            self._settings.report(Status.RECOVERABLE_ERROR, str(error))
            longest = min(_FIRST_PAUSE * 2.0 ** (self._failures - 1), _LONGEST_PAUSE)
            pause = longest * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret depends on it
            self._settings.log.warning("no token", extra={"error": str(error), "seconds": round(pause)})
            return pause
        self._good.add(1)
        self._failures = 0
        self._settings.report(Status.OK)
        return self._publish(granted)

    def _publish(self, granted: Granted) -> float:
        now = self._settings.clock.now()
        ends = None if granted.seconds is None else now + granted.seconds
        self._publisher.publish(BearerToken(granted.token, ends))
        if granted.seconds is None:
            return _YEAR
        life = granted.seconds - min(self._config.expiry_buffer, granted.seconds / 2)
        jitter = random.uniform(0.0, min(_JITTER, life / 10))  # noqa: S311 - as above
        return max(_SOONEST, life - jitter)

    async def _pause(self, seconds: float) -> None:
        """Wait; after a success somebody who finds the token too old ends the wait, but not too soon."""
        clock = self._settings.clock
        least = Deadline.after(clock, seconds if self._tokens.error else min(_SOONEST, seconds))
        timer = clock.call_later(seconds, self._tokens.wanted.set)
        try:
            await self._tokens.wanted.wait()
            await clock.sleep(least.remaining())
        finally:
            timer.cancel()
