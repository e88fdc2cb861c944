"""`featuregate`: the feature gates of this collector."""

import click

from penstock_collector.commands.options import Collector
from penstock_collector.gates import GATES, Gate, Gates

__all__ = ("command",)


@click.command("featuregate", help="List the feature gates, or show one.")
@click.argument("gate_id", metavar="[ID]", required=False)
@click.pass_obj
def command(collector: Collector, gate_id: str | None) -> None:
    """Print the table, or one gate."""
    gates = Gates.parse(collector.given.gates, GATES)
    if gate_id is None:
        click.echo(_table(gates))
    else:
        click.echo(_one(gates.gate(gate_id), gates))


def _table(gates: Gates) -> str:
    rows = [("ID", "Enabled", "Stage", "Description")]
    rows += [
        (gate.id, str(gates.enabled(gate.id)).lower(), gate.stage.value, gate.description)
        for gate in sorted(gates.known, key=lambda gate: gate.id)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _one(gate: Gate, gates: Gates) -> str:
    fields = {
        "Feature": gate.id,
        "Enabled": str(gates.enabled(gate.id)).lower(),
        "Stage": gate.stage.value,
        "Description": gate.description,
        "From Version": gate.from_version,
        "To Version": gate.to_version,
    }
    return "\n".join(f"{name}: {value}".rstrip() for name, value in fields.items())
