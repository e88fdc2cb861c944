"""All pipelines of one configuration, running: copies, recovery, changes while they run."""

from penstock_dataflow.controller.backends import BACKENDS, BackendFactory, OuterHosts
from penstock_dataflow.controller.controller import Controller
from penstock_dataflow.controller.copies import Copy, CopyOrder, MakeCopy
from penstock_dataflow.controller.errors import BusyError, ControlError, NotFoundError
from penstock_dataflow.controller.operations import Operations
from penstock_dataflow.controller.plane import ControlPlane
from penstock_dataflow.controller.rollout import (
    KEPT_ROLLOUTS,
    KEPT_SECONDS,
    Rollout,
    RolloutKind,
    RolloutState,
)
from penstock_dataflow.controller.states import (
    Condition,
    ConditionKind,
    CopyStatus,
    PipelineKey,
    PipelineStatus,
)

__all__ = (
    "BACKENDS",
    "KEPT_ROLLOUTS",
    "KEPT_SECONDS",
    "BackendFactory",
    "BusyError",
    "Condition",
    "ConditionKind",
    "ControlError",
    "ControlPlane",
    "Controller",
    "Copy",
    "CopyOrder",
    "CopyStatus",
    "MakeCopy",
    "NotFoundError",
    "Operations",
    "OuterHosts",
    "PipelineKey",
    "PipelineStatus",
    "Rollout",
    "RolloutKind",
    "RolloutState",
)
