"""Law 9: every key changes a trade, a candidate or a column on a named datum.

`pytest -s` on this file, or `python tests/test_live_keys.py`, prints the whole table. A new key
needs a row in live_key_domains.py or live_key_rules.py.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_key_domains import DOMAIN_ROWS
from live_key_rules import RULE_ROWS
from live_key_run import SHARED, Bench, Difference, Row, keys_of

from engine.replay.settings import Settings
from engine.settings import Section, parameter, parameters

ROWS = DOMAIN_ROWS + RULE_ROWS
# Keys that no run can show, and why.
EXEMPT = {
    "asset": "a name: of the run directory, and of the file that is looked for",
    "plugins": "files of the user's: see tests/plugins",
}
# Nothing that is computed reads it: it is said in the notes beside the values.
SAID = {"macro.series.unit"}
# Scope `run` asks for no new screen, since a candidate file knows its own data; but these name it.
NAMES_DATA = {"data.path", "data.stamp", "data.funding"}

WORDS = {
    "trade": "trades",
    "candidate": "candidates",
    "column": "rows",
    "visited": "visits",
    "note": "notes",
}


def without_row(settings: Section, rows: tuple[Row, ...] = ROWS) -> list[str]:
    covered = {row.key for row in rows} | EXEMPT.keys()
    return [key for key in keys_of(settings) if key not in covered]


def table_line(row: Row, found: Difference) -> str:
    counts = ", ".join(f"{count:,} {WORDS[kind]}" for kind, count in found.counts.items() if count)
    base = ", ".join(row.base)
    first, second = row.values
    trades = "{:,} → {:,}".format(*found.trades)
    cells = (row.key, row.datum, f"{first} → {second}", base, row.changes, counts, trades)
    return f"| {' | '.join(cells)} |"


HEAD = (
    "| key | datum | values | on top of | changes | how many differ | trades |\n"
    "|---|---|---|---|---|---|---|"
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("live_keys"))


@pytest.fixture(scope="module")
def printed() -> Iterator[list[str]]:
    """Lines of the table, printed when all rows have run."""
    lines: list[str] = []
    yield lines
    print("\n" + "\n".join([HEAD, *lines]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_the_key_is_alive(row: Row, bench: Bench, printed: list[str]) -> None:
    found = bench.difference(row)
    printed.append(table_line(row, found))
    assert found.strongest == row.changes, f"{row.key}: {table_line(row, found)}"


def test_every_key_has_a_row() -> None:
    missing = without_row(Settings())
    assert not missing, f"no row in the table of live keys for {', '.join(missing)}"
    known = set(keys_of(Settings()))
    assert {row.key for row in ROWS} <= known
    assert set(EXEMPT) <= known
    assert len({row.key for row in ROWS}) == len(ROWS)


def test_what_may_change_less_than_a_column() -> None:
    scopes = {each.key: each.scope for each in parameters(Settings())}
    weak = {row.key for row in ROWS if row.changes in ("visited", "note")}
    of_the_run = {key for key, scope in scopes.items() if scope == "run"}
    assert weak - SAID == of_the_run - EXEMPT.keys() - NAMES_DATA


def test_the_first_value_is_the_default_or_the_base(bench: Bench) -> None:
    """A row compares a key with what users have, not two odd values with each other."""
    defaults = {each.key: each.default for each in parameters(Settings())}
    for row in ROWS:
        first = row.values[0]
        as_loaded = tuple(first) if isinstance(first, list) else first
        same = row.key in defaults and as_loaded == defaults[row.key]
        assert same or row.base or row.key in NAMES_DATA | {"batch_mode.candidate_window_bars"}


# --- the law bites -------------------------------------------------------------------------------


class Grown(Settings):
    """Settings in which somebody has added keys, one of them inside an absent section."""

    class Inner(Section):
        deep: float = parameter(1.0, "a key that is absent by default", ge=0)

    forgotten: float = parameter(1.0, "a key that nothing reads", ge=0)
    optional: Inner | None = None


def test_a_new_key_without_a_row_is_named() -> None:
    assert without_row(Grown()) == ["forgotten", "optional", "optional.deep"]
    assert without_row(Settings(), ROWS[1:]) == [ROWS[0].key]


@pytest.mark.parametrize(
    "row",
    [
        Row("asset", ("DEMO", "OTHER"), datum="gaps 2"),
        # Dead by its base: nothing is sold, so its share is not read.
        Row("exits.scale_out_share", (0.5, 0.3), base={"exits.scale_out_rr": None}),
        # The target is far, and touched on no bar.
        Row("exits.r_multiple_target", (900.0, 1000.0)),
    ],
    ids=lambda row: row.key,
)
def test_a_dead_key_is_noticed(row: Row, bench: Bench) -> None:
    assert bench.difference(row).strongest == "nothing"


def test_only_the_key_differs(bench: Bench) -> None:
    row = next(row for row in ROWS if row.key == "macro.vetoes.exits")
    first, second = (bench.settings(row, value) for value in row.values)
    assert first != second
    assert first == second.model_copy(
        update={"macro": second.macro.model_copy(update={"vetoes": first.macro.vetoes})}
    )
    assert first.batch_mode.candidate_window_bars == SHARED["batch_mode"]["candidate_window_bars"]


if __name__ == "__main__":
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        runs = Bench(Path(folder))
        for each in ROWS:
            print(table_line(each, runs.difference(each)))
