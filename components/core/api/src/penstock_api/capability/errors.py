"""What can go wrong with a capability: five mistakes of wiring, and one failure of a call."""

from penstock_api.errors import PenstockError

__all__ = (
    "CapabilityAlreadyConsumedError",
    "CapabilityClaimError",
    "CapabilityCycleError",
    "CapabilityError",
    "CapabilityNotBoundError",
    "CapabilityNotProvidedError",
    "ExtensionNotFoundError",
    "UnknownCapabilityError",
)


class CapabilityError(PenstockError):
    """A call of a capability failed; the cause is chained. Only a provider's handle raises it."""

    def __init__(self, extension: str, capability: str, message: str) -> None:
        super().__init__(extension, capability, message)
        self.extension = extension
        self.capability = capability
        self.message = message

    def __str__(self) -> str:
        return f"{self.capability} of extension {self.extension} failed: {self.message}"


class CapabilityClaimError(PenstockError):
    """A capability cannot be had; the subclass says which mistake it is, `hint` how to mend it."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n  hint: {self.hint}" if self.hint else self.what


class ExtensionNotFoundError(CapabilityClaimError):
    """A binding names an extension that is not in scope."""


class UnknownCapabilityError(CapabilityClaimError):
    """A binding, or a provider, names a capability that does not exist."""


class CapabilityNotProvidedError(CapabilityClaimError):
    """The extension exists, and does not offer the capability."""


class CapabilityNotBoundError(CapabilityClaimError):
    """A component requires a capability that nothing was bound to."""


class CapabilityAlreadyConsumedError(CapabilityClaimError):
    """A component claims the same capability twice, or claims after its construction."""


class CapabilityCycleError(CapabilityClaimError):
    """Extensions need each other's capabilities in a circle."""
