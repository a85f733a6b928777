"""`schedc schema`: the JSON Schema of a file with schedules, or of a report.

In: nothing. Out: JSON, on stdout or in a file.
The one rule: the same version writes the same bytes.
"""

from __future__ import annotations

import click

from schedc.cli import streams


@click.command("schema")
@click.option("-o", "--output", metavar="FILE", default="-", help="Where to; stdout by default.")
@click.option("--report", is_flag=True, help="Of what `check --format json` writes instead.")
def schema_command(output: str, report: bool) -> None:
    """Write the JSON Schema of a file with schedules, for editors that complete YAML.

    \b
        schedc schema -o schedc.schema.json
        schedc schema --report -o report.schema.json
    """
    import json

    if report:
        from schedc.reports.json import schema
    else:
        from schedc.schema import schema
    streams.write(output, json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
