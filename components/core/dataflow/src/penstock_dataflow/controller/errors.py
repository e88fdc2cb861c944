"""Why the controller does not do what it is asked to do."""

import errno

from penstock_api import PenstockError

__all__ = ("BusyError", "ControlError", "NotFoundError", "taken")


class ControlError(PenstockError):
    """The controller does not do this now; the subclass says what kind of no it is."""


class NotFoundError(ControlError):
    """There is no such group, pipeline or rollout."""


class BusyError(ControlError):
    """Something else is being done that this must not overlap with; or the engine is stopping."""


def taken(error: BaseException | None) -> OSError | None:
    """The cause of `error` when that is something that only one can hold: a port, a file that is locked."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EADDRINUSE, errno.EAGAIN, errno.EWOULDBLOCK):
            return error
        error = error.__cause__ or error.__context__
    return None
