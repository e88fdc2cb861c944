"""The capability kernel: extensions created, checked, given out as handles, and led through their lives.

Both front ends build an `ExtensionHost` per scope from `ExtensionSpec`s. It knows nothing of what travels
between components.
"""

from penstock_engine.extensions.bundle import BundleError
from penstock_engine.extensions.claims import Claims
from penstock_engine.extensions.declaration import (
    Binding,
    Declaration,
    ExtensionSpec,
    Finding,
    check_bindings,
    check_extensions,
)
from penstock_engine.extensions.host import ExtensionHost
from penstock_engine.extensions.lag import LagMonitor
from penstock_engine.extensions.referring import bind_references
from penstock_engine.extensions.state import ExtensionState, ExtensionStatus, RestartPolicy
from penstock_engine.extensions.surroundings import HostKit

__all__ = (
    "Binding",
    "BundleError",
    "Claims",
    "Declaration",
    "ExtensionHost",
    "ExtensionSpec",
    "ExtensionState",
    "ExtensionStatus",
    "Finding",
    "HostKit",
    "LagMonitor",
    "RestartPolicy",
    "bind_references",
    "check_bindings",
    "check_extensions",
)
