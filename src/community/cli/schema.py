"""`community schema`: print the schema or compare it with the released one."""

from __future__ import annotations

import click

from community.api.schema import print_schema, read_released_schema


@click.command()
@click.option("--check", is_flag=True, help="Compare with the schema.graphql of this version.")
def schema(check: bool) -> None:
    """Print the schema."""
    if not check:
        click.echo(print_schema(), nl=False)
    elif print_schema() != read_released_schema():
        raise click.ClickException("the schema differs from schema.graphql: run `community schema > schema.graphql`")
    else:
        click.echo("the schema equals schema.graphql")
