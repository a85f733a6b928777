"""`schedc schema`: the JSON Schema of a file with schedules.

In: nothing. Out: JSON, on stdout or in a file.
The one rule: the same version writes the same bytes.
"""

from __future__ import annotations

import click

from schedc.cli import streams


@click.command("schema")
@click.option("-o", "--output", metavar="FILE", default="-", help="Where to; stdout by default.")
def schema_command(output: str) -> None:
    """Write the JSON Schema of a file with schedules, for editors that complete YAML.

    \b
        schedc schema -o schedc.schema.json
    """
    import json

    from schedc.schema import schema

    streams.write(output, json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
