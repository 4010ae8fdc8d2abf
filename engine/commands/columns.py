"""`barsieve columns`: every column that a strategy may name."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import click

from engine.commands.one_line import OneLine


@dataclass(frozen=True)
class Listed:
    """name: a letter for each number. example: one that can be asked for. also: other names."""

    name: str
    says: str
    example: str
    also: tuple[str, ...] = ()


@click.command(cls=OneLine)
@click.argument("word", required=False)
@click.option("--markdown", is_flag=True, help="A table, as docs/own-strategy.md has it.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def columns(word: str | None, markdown: bool, as_json: bool) -> None:
    """List the columns that a strategy may name, all or those that hold WORD."""
    found = [each for each in listed() if word is None or _holds(each, word.lower())]
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2))
    elif markdown:
        click.echo("\n".join(_table(found)))
    elif found:
        _say(found)
    else:
        click.echo(f"No column has to do with {word}; `barsieve columns` lists all")


def listed() -> list[Listed]:
    """The fields of bars, the families, the columns by themselves, and the votes of patterns."""
    from engine.features.catalogue import FAMILIES, FEATURES, PATTERNS
    from engine.features.family import family_feature
    from engine.features.shape import FIELD_COLUMNS

    others = [each for each in FEATURES.values() if not family_feature(each.name, FAMILIES)]
    alone = [Listed(each.name, each.says, each.name) for each in (*FIELD_COLUMNS.values(), *others)]
    families = [
        Listed(each.form, each.says, each.named(each.stem, each.sample), each.also)
        for each in FAMILIES
    ]
    votes = [
        Listed(each.name, f"vote of a pattern, −1 to 1: {', '.join(each.kinds)}", each.name)
        for each in PATTERNS.values()
    ]
    return [*families, *alone, *votes]


def _holds(each: Listed, word: str) -> bool:
    return any(word in text.lower() for text in (each.name, each.says, *each.also))


def _say(found: Sequence[Listed]) -> None:
    width = max(len(each.name) for each in found)
    for each in found:
        click.echo(f"{each.name:<{width}}  {each.says}{_example(each)}")
    click.echo("Any of them also of a higher timeframe: close@4h")


def _example(each: Listed) -> str:
    also = f", also {', '.join(each.also)}" if each.also else ""
    return f"  ({each.example}{also})" if each.example != each.name else ""


def _table(found: Sequence[Listed]) -> list[str]:
    rows = ["| column | what it is | for example | also |", "|---|---|---|---|"]
    for each in found:
        example = f"`{each.example}`" if each.example != each.name else ""
        also = ", ".join(f"`{name}`" for name in each.also)
        rows.append(f"| `{each.name}` | {each.says} | {example} | {also} |".replace("  ", " "))
    return rows
