"""`barsieve report` and `barsieve export` as they are typed."""

import json
import os
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from report_pages import Tags, embedded, unpacked

from engine.bars.demo import demo_bars
from engine.cli import cli
from engine.inputs import load_markets
from engine.portfolio import run_portfolio
from engine.results.outcome import Outcome
from engine.results.portfolio_directory import write_portfolio

pytest.importorskip("plotly", reason="the report needs plotly")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def typed(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments], catch_exceptions=False)


def refused(*arguments: str | Path) -> str:
    result = typed(*arguments)
    (line,) = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert line.startswith("Error: ")
    return line


def test_a_page_beside_the_run(copied: Path) -> None:
    result = typed("report", copied)
    assert result.exit_code == 0, result.stderr
    content = (copied / "report.html").read_bytes()
    assert f"Wrote {copied / 'report.html'} ({len(content) / 1e6:.1f} MB)" in result.stdout
    assert b"\r" not in content.replace(b"\\r", b"")[-1_000:]
    answer = json.loads(typed("report", copied, "--json", "--output", "x/y.html").stdout)
    assert answer == {
        "report": str(Path("x/y.html")), "kind": "run", "bytes": len(content),
    }  # fmt: skip
    assert Path("x/y.html").read_bytes() == content


def test_the_stored_run_is_still_the_same_run(copied: Path, outcome: Outcome) -> None:
    from engine.results.run_directory import write_run

    assert typed("report", copied).exit_code == 0
    _, known = write_run(outcome, copied.parent, replace=False)
    assert known
    assert (copied / "report.html").is_file()


def test_a_page_of_a_sweep(sweep: Path) -> None:
    result = typed("report", sweep, "--output", "sweep.html")
    assert result.exit_code == 0, result.stderr
    assert len(embedded(Path("sweep.html").read_text(encoding="utf-8"), "maps")) == 3


def test_figures_in_the_terminal_need_no_plotly(
    run: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.report import page

    monkeypatch.setattr(page, "find_spec", lambda name: None)
    said = typed("report", run, "--text").stdout
    assert f"{outcome.result.metrics.net_return:+.2%}" in said
    assert f"{outcome.visits()['skipped']:,} (" in said
    assert "Decisions: " in said
    answer = json.loads(typed("report", run, "--text", "--json").stdout)
    assert answer["metrics"]["trades"] == outcome.result.metrics.trades
    assert "pip install 'barsieve[report]'" in refused("report", run)


def test_a_portfolio(tmp_path: Path) -> None:
    whole, own = load_markets("ETH_comprehensive", ("DEMO", "DEMO2"))
    loaded = [(each, demo_bars(3_000, number=k + 1)) for k, each in enumerate(own)]
    outcome = run_portfolio(whole, loaded, None, None)
    folder, _ = write_portfolio(outcome, tmp_path, replace=False)
    assert typed("report", folder).exit_code == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    names = [each["asset"] for each in embedded(page, "page-data")["markets"]]
    assert names == ["DEMO", "DEMO2"]
    second = embedded(page, "packed-1")["arrays"]
    assert unpacked(second["position"]).size == outcome.own[1].result.metrics.trades > 0
    tags = Tags(page)
    assert "Each market trades an equal sub-account" in tags.text
    assert f"Positions {outcome.result.metrics.trades:,} (" in tags.text
    config = f"--config {folder.relative_to(tmp_path).as_posix()}/config.json"
    assert f"{config} --start 2023-01-01T00:00:00Z --end 2023-05-05T23:00:00Z --bars 3" in tags.text
    assert "--parity compares a run of one market" in refused("report", folder, "--parity")


def test_the_proof_of_markets_of_unlike_ends_goes_without_that_end(tmp_path: Path) -> None:
    whole, own = load_markets("ETH_comprehensive", ("DEMO", "DEMO2"))
    loaded = [(each, demo_bars(3_000 - 500 * k, number=k + 1)) for k, each in enumerate(own)]
    folder, _ = write_portfolio(run_portfolio(whole, loaded, None, None), tmp_path, replace=False)
    assert typed("report", folder, "--output", "p.html").exit_code == 0
    text = Tags(Path("p.html").read_text(encoding="utf-8")).text
    assert "/config.json --start 2023-01-01T00:00:00Z" in text
    assert "--end" not in text


def test_exports(run: Path, copied: Path) -> None:
    for options, name in (
        ((), "trades.csv"),
        (("--format", "freqtrade"), "trades_freqtrade.json"),
        (("--format", "vectorbt"), "trades_vectorbt.csv"),
    ):
        assert f"Wrote {copied / name}: " in typed("export", copied, *options).stdout
        assert (copied / name).is_file()
    assert "--format vectorbt is CSV; expected" in refused(
        "export", run, "--format", "vectorbt", "--output", "t.json"
    )
    result = typed("export", run, "--format", "vectorbt", "--output", "t.csv")
    count = len(Path("t.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert result.stdout == f"Wrote t.csv: {count:,} rows\n"
    answer = json.loads(
        typed("export", run, "--format", "freqtrade", "--output", "f.csv", "--json").stdout
    )
    assert (answer["format"], answer["export"]) == ("freqtrade", "f.csv")


def test_bad_folders_are_one_line(run: Path, sweep: Path) -> None:
    Path("empty").mkdir()
    assert "empty: neither the folder of a run" in refused("report", "empty")
    assert "nowhere: no such folder" in refused("report", "nowhere")
    assert f"did you mean {run}?" in refused("report", run.parent)
    assert f"did you mean {run}?" in refused("report", run.parent / "DEMO")
    assert "is a sweep's folder" in refused("export", sweep, "--format", "vectorbt")
    assert "drop --data, --parity, --text" in refused("report", sweep, "--text")
    assert "goes without other options" in refused("report", run, "--text", "--parity")
    assert "is an embedded market" in refused("report", run, "--data", "x.csv")
    assert "cannot be written" in refused("report", run, "--output", "empty")


def test_several_folders_are_one_line_with_the_newest(run: Path, sweep: Path) -> None:
    os.utime(run / "run.json", (1, 1))
    wanted = f"Error: expected one folder, got 2: {sweep}, {run}; the newest is {sweep}"
    assert refused("report", sweep, run) == wanted
    assert refused("export", sweep, run, "--format", "vectorbt") == wanted
    assert refused("report", "a", "b") == "Error: expected one folder, got 2: a, b"


def test_the_next_command_of_a_replay_makes_the_page() -> None:
    bars = demo_bars(2_000)
    stamps = np.datetime_as_string(bars.open_time.astype("datetime64[ns]"), "s", timezone="UTC")
    columns = (stamps, bars.open, bars.high, bars.low, bars.close)
    lines = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    text = "\n".join(["timestamp,open,high,low,close", *lines, ""])
    Path("far").mkdir()
    Path("far", "own bars.csv").write_text(text, encoding="utf-8")
    given = ("--asset", "ETH", "--data", "far/own bars.csv")
    result = typed("replay", *given, "--skip-laws")
    assert result.exit_code == 0, result.stderr
    (said,) = (line for line in result.stdout.splitlines() if "as a page" in line)
    command = shlex.split(said.partition(": barsieve ")[2])
    assert typed(*command).exit_code == 0
    assert "--data 'far/own bars.csv'" in Path(command[1], "report.html").read_text(
        "utf-8"
    ).replace("&#x27;", "'")
    assert "are not here; say where it is" in refused(*command[:2])


def test_a_format_that_is_not_known_is_refused(run: Path) -> None:
    assert typed("export", run, "--format", "mt5").exit_code == 2
