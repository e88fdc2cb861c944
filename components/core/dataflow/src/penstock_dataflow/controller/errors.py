"""Why the controller does not do what it is asked to do."""

from penstock_api import PenstockError

__all__ = ("BusyError", "ControlError", "NotFoundError")


class ControlError(PenstockError):
    """The controller does not do this now; the subclass says what kind of no it is."""


class NotFoundError(ControlError):
    """There is no such group, pipeline or rollout."""


class BusyError(ControlError):
    """Something else is being done that this must not overlap with; or the engine is stopping."""
