"""The kernel: nodes and edges into running components, under supervision."""

from penstock_engine.assembly import Assembly, Describe, compete, inbox_of
from penstock_engine.channel import Channel
from penstock_engine.clock import LoopClock
from penstock_engine.fanout import Output, fan_out
from penstock_engine.graph import DEFAULT_PORT, Edge, Graph, GraphError, Node, Tapped
from penstock_engine.log import FieldLog, JsonLines, TextLines
from penstock_engine.payload import Consumer, Payload
from penstock_engine.process import loop_factory, stop_on_signals
from penstock_engine.settings import Kit
from penstock_engine.status import Reporter, StatusBoard
from penstock_engine.supervisor import TaskScope
from penstock_engine.turns import in_turn
from penstock_engine.units import GRACE_SECONDS, Unit, created, cut, unreported
from penstock_engine.waiting import first

__all__ = (
    "DEFAULT_PORT",
    "GRACE_SECONDS",
    "Assembly",
    "Channel",
    "Consumer",
    "Describe",
    "Edge",
    "FieldLog",
    "Graph",
    "GraphError",
    "JsonLines",
    "Kit",
    "LoopClock",
    "Node",
    "Output",
    "Payload",
    "Reporter",
    "StatusBoard",
    "Tapped",
    "TaskScope",
    "TextLines",
    "Unit",
    "compete",
    "created",
    "cut",
    "fan_out",
    "first",
    "in_turn",
    "inbox_of",
    "loop_factory",
    "stop_on_signals",
    "unreported",
)
