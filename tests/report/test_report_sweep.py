"""The page of a sweep: its winner, its heat maps and neighbours against brute force."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from report_pages import Tags, embedded
from report_runs import LEAVES, edited

from engine.cli import cli
from engine.errors import OutputError
from engine.report.heat_maps import KINDS, heat_maps
from engine.report.neighbours import neighbours, steadiness
from engine.report.sweep_page import definition, sweep_page
from engine.report.swept import read_sweep
from engine.search.measures import NAMES
from engine.search.summary import SHOWN

pytest.importorskip("plotly", reason="the report needs plotly")
DOCS = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
Row = dict[str, Any]


def rows(folder: Path) -> list[Row]:
    found: list[Row] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def spoiled(sweep: Path, tmp_path: Path) -> Path:
    for path in sweep.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_the_page_is_whole_and_has_every_row(sweep: Path) -> None:
    page = sweep_page(sweep)
    assert sweep_page(sweep) == page
    tags = Tags(page)
    assert tags.open == []
    found = rows(sweep)
    assert len(found) == 15
    assert "15 of 18; 3 are not legal" in tags.text
    assert "a quarter of it below --min-trades (300 unless given)" in tags.text
    assert "by asset" not in tags.text
    for row in found:
        threshold = row["fusion.entry_threshold_confidence"]
        assert f"{row['combo_id']} {row['score']:.4f} {threshold} " in tags.text
    winner = found[0]
    assert f"Point {winner['combo_id']}, best by its score" in tags.text
    assert f"exits.r_multiple_target {winner['exits.r_multiple_target']}" in tags.text


def test_a_sweep_of_several_assets_shows_the_portfolio(tmp_path: Path) -> None:
    folder = tmp_path / "both"
    told = CliRunner().invoke(
        cli,
        ["sweep", "--asset", "DEMO", "--asset", "DEMO2", "--bars", "4000", "--vary",
         "exits.max_bars_in_trade=24,48", "--verify", "0", "--out", str(folder)],
    )  # fmt: skip
    assert told.exit_code == 0, told.stderr
    page = Tags(sweep_page(folder))
    whole = [row for row in rows(folder) if row["asset"] == "portfolio"]
    assert len(whole) == 2 < len(rows(folder))
    assert "Sweep of 2 points on the portfolio of DEMO, DEMO2" in page.text
    assert "The winner by asset" in page.text
    for name in ("DEMO", "DEMO2"):
        (own,) = (
            row for row in rows(folder)
            if row["asset"] == name and row["combo_id"] == whole[0]["combo_id"]
        )  # fmt: skip
        assert f" {name} {own['score']:.4f} {own['trades']:.0f} " in page.text
    assert f"{whole[0]['combo_id']} {whole[0]['score']:.4f} " in page.text


def test_points_that_failed_are_counted_and_not_ranked(sweep: Path, tmp_path: Path) -> None:
    for path in sweep.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = pq.read_table(tmp_path / "results.parquet")
    states = ["COMPLETE"] * (table.num_rows - 1) + ["FAIL"]
    place = table.column_names.index("state")
    pq.write_table(table.set_column(place, "state", [states]), tmp_path / "results.parquet")
    found = read_sweep(tmp_path)
    assert (found.failed, found.numbers.size) == (1, table.num_rows - 1)
    assert "14 of 18; 1 failed, 3 are not legal" in Tags(sweep_page(tmp_path)).text


def test_measures_are_defined_as_in_the_docs() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert all(definition(name) for name in NAMES)
    for name in NAMES:
        assert f"`{name}`" in text


def test_heat_maps_by_brute_force(sweep: Path) -> None:
    found, given = rows(sweep), heat_maps(read_sweep(sweep))
    keys = list(LEAVES)
    assert [(keys[m["x"]], keys[m["y"]]) for m in given] == [
        (keys[0], keys[1]), (keys[0], keys[2]), (keys[1], keys[2]),
    ]  # fmt: skip
    winner, holes = found[0], 0
    for chart in given:
        x, y = keys[chart["x"]], keys[chart["y"]]
        others = [key for key in keys if key not in (x, y)]
        for name in SHOWN:
            for i, across in enumerate(LEAVES[x]):
                for j, up in enumerate(LEAVES[y]):
                    own = [row for row in found if (row[x], row[y]) == (across, up)]
                    values = sorted(row[name] for row in own)
                    beside = [row[name] for row in own if all(row[k] == winner[k] for k in others)]
                    cells = [chart["grids"][name][kind][j][i] for kind in KINDS]
                    if not values:
                        holes += 1
                        assert cells == [None] * 4
                        continue
                    wanted = [values[-1], median(values), values[0], *(beside or [None])]
                    assert cells == [
                        None if each is None else pytest.approx(each, rel=1e-5) for each in wanted
                    ]
    assert holes == len(SHOWN)  # of the two exit keys, target 1 with a partial at 1


def test_neighbours_by_brute_force(sweep: Path) -> None:
    swept, found = read_sweep(sweep), rows(sweep)
    winner, keys = found[0], list(LEAVES)
    given = neighbours(swept)
    assert len(given) == 2 + 2 + 1
    for each in given:
        changed = {**{key: winner[key] for key in keys}, each.key: each.value}
        own = [row for row in found if all(row[key] == changed[key] for key in keys)]
        assert winner[each.key] != each.value
        if each.place is None:
            assert own == []
        else:
            assert own == [found[each.place]]
    shown = {(each["key"], each["value"]) for each in
             embedded(sweep_page(sweep), "page-data")["neighbours"]}  # fmt: skip
    assert shown == {(e.key, json.dumps(e.value)) for e in given if e.place is not None}
    near = [found[e.place]["score"] / winner["score"] for e in given
            if abs(e.step) == 1 and e.place is not None]  # fmt: skip
    said = steadiness(swept, given)
    assert f"lie {len(near)} points; their score is {min(near):.0%} to {max(near):.0%}" in said


def test_the_winner_of_two_stages(spoiled: Path) -> None:
    other = rows(spoiled)[3]["combo_id"]
    with (spoiled / "tuning_results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(
            [["combo_id", "final_score"], [other, 1.0], [rows(spoiled)[0]["combo_id"], 0.9]]
        )
    swept = read_sweep(spoiled)
    assert (swept.winner, len(swept.tuned)) == (3, 2)
    text = Tags(sweep_page(spoiled)).text
    assert f"Point {other}, best by the worst score of the cost scenarios" in text
    assert (
        f"Second stage, best by the worst of its scores. Point final_score {other} 1.0000" in text
    )
    assert "of the first stage, cost scenario B" in text


def another_key(folder: Path) -> None:
    space = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))["space"]
    edited(folder / "sweep.json", space={"other": [1], **space})


def another_winner(folder: Path) -> None:
    (folder / "tuning_results.csv").write_text("combo_id\n999\n", encoding="utf-8")


def no_space(folder: Path) -> None:
    edited(folder / "sweep.json", space=3)


@pytest.mark.parametrize("spoil", [another_key, another_winner, no_space])
def test_files_that_do_not_fit_are_refused(spoil: Callable[[Path], None], spoiled: Path) -> None:
    assert sweep_page(spoiled)
    spoil(spoiled)
    with pytest.raises(OutputError, match=r"results\.parquet is not of the sweep"):
        sweep_page(spoiled)


def test_an_unfinished_sweep_is_refused(spoiled: Path) -> None:
    (spoiled / "results.parquet").unlink()
    with pytest.raises(OutputError, match=r"not finished .* --resume"):
        sweep_page(spoiled)
