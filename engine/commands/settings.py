"""`barsieve params`, `explain-config` and `schema`: what can be set, and what is."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from engine.commands.one_line import OneLine

if TYPE_CHECKING:
    from engine.settings import Parameter

_CONFIG = click.option("--config", help="Configuration file, or a preset: ETH_comprehensive.")
_SET = click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE",
                    help="Override one setting; repeatable.")  # fmt: skip
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.command(cls=OneLine)
@_CONFIG
@_SET
@click.option("--scope", type=click.Choice(["screen", "replay", "run"]),
              help="Only keys whose change asks for a new screen, replay, or neither.")  # fmt: skip
@click.option("--markdown", is_flag=True, help="A table, as docs/configuration.md has it.")
@_JSON
def params(
    config: str | None,
    assignments: Sequence[str],
    scope: str | None,
    markdown: bool,
    as_json: bool,
) -> None:
    """List every key with its value, bounds, unit, scope and reason."""
    from engine.inputs import load_settings
    from engine.settings import parameters

    listed = parameters(load_settings(config, None, assignments))
    chosen = [each for each in listed if scope in (None, each.scope)]
    if markdown:
        click.echo("\n".join(_table(chosen)))
    else:
        _say(chosen, as_json)


@click.command("explain-config", cls=OneLine)
@click.argument("config")
@_SET
@_JSON
def explain_config(config: str, assignments: Sequence[str], as_json: bool) -> None:
    """Say which keys of CONFIG differ from the defaults, everything it extends included."""
    from engine.inputs import load_settings
    from engine.settings import parameters

    usual = {each.key: each.value for each in parameters(load_settings(None))}
    listed = list(parameters(load_settings(config, None, assignments)))
    changed = [each for each in listed if usual.get(each.key) != each.value]
    if not as_json:
        click.echo(
            f"{config}: valid; {len(changed)} of {len(listed)} keys differ from the defaults"
        )
    _say(changed, as_json)


@click.command(cls=OneLine)
@click.option("--config", help="Also the keys that the plug-ins of this configuration add.")
def schema(config: str | None) -> None:
    """Print the JSON Schema of configurations, for editors."""
    from engine.inputs import load_settings

    model = type(load_settings(config))
    click.echo(json.dumps(model.model_json_schema(), indent=2))


def _say(listed: "Sequence[Parameter]", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(each) for each in listed], indent=2, default=_plain))
        return
    for each in listed:
        unit = f" {each.unit}" if each.unit else ""
        bounds = f", {each.bounds}" if each.bounds else ""
        value = json.dumps(each.value, default=_plain)
        click.echo(f"{each.key} = {value}{unit}  ({each.scope}{bounds})  {each.reason}")


def _table(listed: "Sequence[Parameter]") -> list[str]:
    rows = ["| key | value | bounds | unit | scope | why |", "|---|---|---|---|---|---|"]
    for each in listed:
        value = json.dumps(each.value, default=_plain)
        cells = (f"`{each.key}`", f"`{value}`", each.bounds, each.unit, each.scope, each.reason)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return rows


def _plain(value: Any) -> Any:
    """Sections and tuples of sections as JSON."""
    return value.model_dump(mode="json")
