"""What an extension's factory returns: a bundle that says which life the extension leads.

A closed union, so that a wrong combination cannot be written. Bundles that offer capabilities (typed
handles other components can claim) join it as `Active` and `Passive`.
"""

from dataclasses import dataclass

__all__ = ("Background", "Bundle")


@dataclass(frozen=True, slots=True)
class Background:
    """An extension that offers nothing to other components: a server, a watcher, an embedded engine.

    `lifecycle` may have `start` and `shutdown` (`penstock_api.lifecycle`).
    """

    lifecycle: object


Bundle = Background
