"""Every bad input: one line that names what, where and what was expected; code 2; no new file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_runner import DEMO, MARKET, listing, refused, run, succeed

from engine.bars.dates import iso_all
from engine.bars.demo import demo_bars

Rows = list[list[str]]
HEADER = "timestamp,open,high,low,close,volume"


def demo_rows(count: int, timeframe: str = "1h") -> Rows:
    bars = demo_bars(count, timeframe)
    columns = [
        iso_all(bars.open_time),
        *(map(repr, map(float, each)) for each in bars.arrays()[1:]),
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def write_rows(rows: Rows, path: Path = Path("bars.csv")) -> None:
    path.write_text("\n".join([HEADER, *map(",".join, rows)]) + "\n", encoding="utf-8")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_checker_refuses_a_success_two_lines_and_a_left_over() -> None:
    with pytest.raises(AssertionError):
        refused("init", "workspace", says=[])
    with pytest.raises(AssertionError):
        refused("replay", "--no-such-option", says=[])
    with pytest.raises(AssertionError, match="is not in"):
        refused("replay", "--config", "nope", says=["a text that is not there"])


# --- files of bars -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing.csv", ["missing.csv", "no such file", "expected a file of bars"]),
        ("folder.csv", ["folder.csv", "is a directory", "expected one file ETH_1h.*"]),
        ("empty.csv", ["empty.csv", "the file is empty", "expected a header"]),
        ("header.csv", ["header.csv", "no rows below the header", "at least one bar"]),
        ("bars.txt", ["bars.txt", "unknown kind of file", ".parquet"]),
        ("text.parquet", ["text.parquet", "not a readable Parquet file"]),
        ("prices.csv", ["prices.csv", "no column close", "found timestamp, open"]),
    ],
)
def test_files_that_are_no_bars(name: str, says: list[str]) -> None:
    Path("folder.csv").mkdir()
    Path("empty.csv").touch()
    Path("header.csv").write_text(HEADER + "\n", encoding="utf-8")
    Path("bars.txt").write_text(HEADER + "\n", encoding="utf-8")
    Path("text.parquet").write_text("no parquet", encoding="utf-8")
    Path("prices.csv").write_text("timestamp,open,high,low\n0,1,1,1\n", encoding="utf-8")
    for command in ("screen", "replay"):
        refused(command, "--asset", "ETH", "--data", name, says=says)


def test_no_data_named_at_all() -> None:
    refused(
        "replay", "--asset", "ETH", says=["no bars for ETH 1h", "data/ETH_1h.parquet", "--data"]
    )


@pytest.mark.parametrize("count", [1, 100])
def test_fewer_bars_than_the_warm_up(count: int) -> None:
    write_rows(demo_rows(count))
    says = ["bars.csv", "inside the warm-up of", "atr_rank_100", "more history"]
    refused("replay", *DEMO[2:], "--asset", "ETH", "--data", "bars.csv", says=says)


def changed(column: int, text: str) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        rows[16][column] = text
        return rows

    return change


def swapped(rows: Rows) -> Rows:
    rows[15], rows[16] = rows[16], rows[15]
    return rows


def doubled(rows: Rows) -> Rows:
    return rows[:16] + [rows[15]] + rows[17:]


def mixed_zones(rows: Rows) -> Rows:
    rows[16][0] = rows[16][0].removesuffix("Z")
    return rows


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (changed(4, "nan"), ["row 17", "close is nan", "expected a finite number"]),
        (changed(1, "inf"), ["row 17", "open is inf", "expected a finite number"]),
        (changed(3, "0"), ["row 17", "low 0.0 is not positive", "expected low > 0"]),
        (changed(3, "-1"), ["row 17", "low -1.0 is not positive"]),
        (changed(2, "1"), ["row 17", "high 1.0 is below", "expected low <= open, close <= high"]),
        (changed(5, "-1"), ["row 17", "volume -1.0 is negative", "expected volume >= 0"]),
        (changed(4, "many"), ["row 17", "close 'many' is not a number"]),
        (swapped, ["row 17", "unsorted, before row 16", "expected a stamp after"]),
        (doubled, ["row 17", "duplicate stamp, the same as row 16"]),
        (mixed_zones, ["row 17"]),
    ],
)
def test_rows_that_break_a_rule(change: Callable[[Rows], Rows], says: list[str]) -> None:
    write_rows(change(demo_rows(600)))
    refused("replay", "--asset", "ETH", "--data", "bars.csv", says=["bars.csv", *says])


def test_another_timeframe() -> None:
    write_rows(demo_rows(600, "30m"))
    says = ["bars.csv", "looks like 30m bars", "set timeframe to 30m"]
    refused("replay", "--asset", "ETH", "--data", "bars.csv", says=says)


# --- dates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ("2022-01-01", "2025-07-01", ["--start 2022-01-01", "outside the data", "2023-01-01"]),
        ("2025-01-01", "2026-02-01", ["--end 2026-02-01", "outside the data", "2025-12-31"]),
        ("2025-07-02", "2025-07-01", ["--start 2025-07-02 is after --end 2025-07-01"]),
        ("yesterday", "2025-07-01", ["--start 'yesterday'", "expected YYYY-MM-DD"]),
        ("2025-06-15", "2025-02-30", ["--end '2025-02-30'", "not a date"]),
        ("", "2025-07-01", ["--start ''", "not a date"]),
        ("2023-01-01", "2023-01-05", ["inside the warm-up", "first tradable bar is 2023-01-"]),
    ],
)
def test_dates(start: str, end: str, says: list[str]) -> None:
    for command in ("screen", "replay"):
        refused(command, *DEMO, "--start", start, "--end", end, says=says)


# --- settings ------------------------------------------------------------------------------------

SETTINGS = [
    ({"exit": {}}, ["exit: unknown key", "did you mean exits?"]),
    ({"exits": {"max_bar": 3}}, ["exits.max_bar: unknown key", "exits.max_bars_in_trade?"]),
    ({"gates": {"sesion": {}}}, ["gates.sesion: unknown key", "did you mean gates.session?"]),
    ({"gates": {"session": {"from": 3}}}, ["gates.session.from: unknown key"]),
    ({"qqqqqqqqqq": 1}, ["qqqqqqqqqq: unknown key"]),
    ({"exits": {"max_bars_in_trade": "5"}}, ["exits.max_bars_in_trade: should be", 'found "5"']),
    ({"exits": {"max_bars_in_trade": 1.5}}, ["exits.max_bars_in_trade: should be", "found 1.5"]),
    ({"exits": []}, ["exits: should be", "found []"]),
    ({"exits": {"max_bars_in_trade": 0}}, ["greater than or equal to 1, found 0"]),
    ({"account": {"leverage": 5000}}, ["account.leverage", "less than or equal to 1000"]),
    ({"account": {"leverage": float("nan")}}, ["account.leverage", "finite number"]),
    ({"account": {"leverage": float("inf")}}, ["account.leverage", "finite number"]),
    (
        {"fusion": {"weights": dict.fromkeys(("wyckoff", "liquidity", "momentum", "smc"), 0)}},
        ["fusion: weights sum to 0", "a weight > 0"],
    ),
    ({"fusion": {"weights": {"momentum": -1}}}, ["fusion.weights.momentum", "found -1"]),
    (
        {"batch_mode": {"sentinels": ["sma20_cros"]}},
        ["batch_mode.sentinels", "'sma20_cros'", "did you mean sma20_cross?"],
    ),
    ({"fusion": {"execution_mode": "fused"}}, ["fusion.execution_mode", 'found "fused"']),
    ({"batch_mode": {"min_adx": 20}}, ["batch_mode.min_adx belongs to policy sentinel"]),
    ({"batch_mode": {"min_fusion_score": 0.2}}, ["batch_mode.min_fusion_score belongs to policy"]),
    ({"batch_mode": {"policy": "exact"}}, ["batch_mode.policy", 'found "exact"']),
    ({"asset": "a/b"}, ["asset 'a/b'", "expected letters"]),
    ({"timeframe": "1x"}, ["timeframe '1x'", "as in 1h"]),
    ({"data": {"anchor": "2"}}, ["data.anchor", "expected [+-]HH:MM"]),
    ({"data": {"tz": "Mars/Base"}}, ["data.tz", "Mars/Base"]),
    ({"gates": {"session": {"weekdays": []}}}, ["gates.session", "weekdays is empty"]),
    ({"gates": {"session": {"from_hour": 9, "to_hour": 8}}}, ["from_hour 9 must be below"]),
    ({"gates": {"atr_percentile": {"floor": 0.9, "cap": 0.2}}}, ["floor 0.9 must be below cap"]),
    ({"risk": {"sizing": "fixed_quantity"}}, ["risk.fixed_quantity goes with risk.sizing"]),
    ({"risk": {"fixed_quantity": 1}}, ["risk.fixed_quantity goes with risk.sizing"]),
    ({"risk": {"sizing": "fixed_notional"}}, ["risk.fixed_notional goes with risk.sizing"]),
    ({"risk": {"equity_fraction": 1}}, ["risk.equity_fraction goes with risk.sizing"]),
    ({"risk": {"risk_map": []}}, ["risk.risk_map", "1 to 8 steps"]),
    ({"risk": {"risk_map": [[0.5, 0.01], [0.4, 0.02]]}}, ["risk.risk_map", "growing confidence"]),
    ({"risk": {"risk_map": [[0.5, 0.0]]}}, ["risk.risk_map", "risk in (0, 1]"]),
    ({"costs": {"scenario": "D"}}, ["costs.scenario", 'found "D"']),
    ({"exits": {"breakeven_rr": 0}}, ["exits.breakeven_rr", "greater than 0"]),
    ({"data": {"funding": "none.csv"}}, ["none.csv: no such file"]),
    ({"risk": {"min_risk_per_trade": 0.5}}, ["risk.min_risk_per_trade 0.5 is above"]),
    ({"exits": {"scale_out_rr": 3.0}}, ["exits.scale_out_rr 3.0 must be below"]),
    ({"fusion": {"trend_timeframes": ["90m"]}}, ["90m", "not a multiple"]),
]


def flat(tree: dict[str, object], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


@pytest.mark.parametrize(("tree", "says"), SETTINGS, ids=[str(each[0]) for each in SETTINGS])
def test_settings_in_a_file_and_in_set(tree: dict[str, object], says: list[str]) -> None:
    Path("config.json").write_text(json.dumps(tree), encoding="utf-8")
    asset = () if "asset" in tree else ("--asset", "DEMO")
    refused("replay", *asset, "--config", "config.json", says=says)
    pairs = [
        x for key, value in flat(tree).items() for x in ("--set", f"{key}={json.dumps(value)}")
    ]
    refused("screen", *asset, *pairs, says=says)


def test_the_message_blames_the_file_or_the_command_line() -> None:
    Path("config.json").write_text('{"exit": {}}', encoding="utf-8")
    refused("replay", "--config", "config.json", says=["Error: config.json: exit: unknown key"])
    refused("replay", *DEMO, "--set", "exit=1", says=["Error: command line: exit: unknown key"])


@pytest.mark.parametrize("text", ["exits", "=5", ""])
def test_an_assignment_that_is_none(text: str) -> None:
    refused("replay", *DEMO, "--set", text, says=["--set", "expected KEY=VALUE"])


def test_an_assignment_below_a_value() -> None:
    refused("replay", *DEMO, "--set", "asset.x=1", says=["asset is a value, not a section"])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.json", None, ["missing.json", "cannot be read"]),
        ("no_such_preset", None, ["--config no_such_preset", "neither a file nor a preset"]),
        ("ETH_comprehensiv", None, ["did you mean ETH_comprehensive?"]),
        ("broken.json", b"{", ["broken.json", "not valid JSON"]),
        ("broken.yaml", b"a: [", ["broken.yaml", "not valid JSON or YAML"]),
        ("list.json", b"[]", ["list.json", "expected an object of settings, found list"]),
        ("empty.json", b"", ["empty.json", "not valid JSON"]),
        ("empty.yaml", b"", ["empty.yaml", "expected an object of settings, found NoneType"]),
        ("latin.json", b'{"asset": "\xe9"}', ["latin.json", "not valid JSON"]),
        ("date.yaml", b"timeframe: 2025-01-01\n", ["date.yaml", "timeframe '2025-01-01'"]),
    ],
)
def test_configurations_that_cannot_be_read(
    name: str, content: bytes | None, says: list[str]
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    refused("screen", "--asset", "DEMO", "--config", name, says=says)


def test_a_folder_as_configuration() -> None:
    Path("configs.json").mkdir()
    refused("screen", "--config", "configs.json", says=["configs.json", "cannot be read"])


# --- the demo market, boxes, windows -------------------------------------------------------------


def test_options_that_contradict_each_other() -> None:
    refused("replay", "--asset", "ETH", "--bars", "500", says=["--bars goes with --asset DEMO"])
    refused(
        "replay", "--asset", "DEMO", "--data", "x.csv", says=["--data x.csv", "embedded market"]
    )
    refused("replay", "--asset", "DEMO", "--bars", "0", says=["0 asked for", "at least 1"])
    says = ["the DEMO market of 1h bars ends in 2262", "expected fewer bars"]
    refused("replay", "--asset", "DEMO", "--bars", "3000000", says=["--bars 3000000", *says])
    weekly = ["--set", "timeframe=1w", "--set", 'fusion.trend_timeframes=["1w"]']
    weekly += ["--set", 'domains.wyckoff.timeframes=["1w"]', "--set", "domains.wyckoff.weights=[1]"]
    refused("replay", "--asset", "DEMO", *weekly, says=["of 1w bars ends in 2262"])


@pytest.mark.parametrize(
    ("box", "says"),
    [
        ("fusion.entry_threshold_confidence", ["expected KEY=LOW:HIGH"]),
        ("fusion.entry_threshold_confidence=0.5:0.4", ["expected KEY=LOW:HIGH with LOW <= HIGH"]),
        ("fusion.entry_threshold_confidence=a:b", ["expected KEY=LOW:HIGH"]),
        ("fusion.entry_threshold_confidenc=0.4:0.5", ["not a parameter", "did you mean fusion."]),
        ("fusion.weights.momentum=0:0.5", ["begin above 0"]),
        ("domains.momentum.gain=1:2", ["cannot be boxed", "boxable: fusion."]),
        ("fusion.entry_threshold_confidence=0.4:1.5", ["--box", "less than or equal to 1"]),
    ],
)
def test_boxes(box: str, says: list[str]) -> None:
    refused("screen", *MARKET, "--box", box, says=["--box", *says])


@pytest.mark.parametrize("windows", ["", "x", "0,-1", "0,,6", "1.5"])
def test_windows(windows: str) -> None:
    says = ["--windows", "expected bars or all, as in 0,6,48,all"]
    refused("parity", *MARKET, "--windows", windows, says=says)


def test_parity_passes_on_the_one_line_of_the_process_that_failed() -> None:
    refused("parity", *DEMO, "--start", "2031-01-01", says=["--start 2031-01-01: outside the data"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("replay", "--no-such-option"),
        ("replay", "--replay", "half"),
        ("replay", "--bars", "many"),
        ("replay", "--stamp", "middle"),
        ("init",),
    ],
)
def test_usage_errors(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert listing(Path.cwd()) == []


# --- candidate files -----------------------------------------------------------------------------


@pytest.fixture
def screened() -> Path:
    succeed("screen", *MARKET)
    return Path("results/candidates.jsonl")


def refuse_candidates(path: Path, *more: str, says: list[str]) -> None:
    refused("replay", *MARKET, "--candidates", str(path), *more, says=says)


def test_a_candidate_file_cut_in_mid_line(screened: Path) -> None:
    lines = screened.read_bytes().count(b"\n")
    screened.write_bytes(screened.read_bytes()[:-40])
    says = ["candidates.jsonl", f"its {lines - 1} lines are not the {lines}", "again"]
    refuse_candidates(screened, says=says)


def test_a_candidate_file_without_a_line(screened: Path) -> None:
    lines = screened.read_bytes().count(b"\n")
    screened.write_bytes(screened.read_bytes().split(b"\n", 1)[1])
    says = [f"its {lines - 1} lines are not the {lines}", "candidates.manifest.json"]
    refuse_candidates(screened, says=says)


def test_a_candidate_file_without_manifest(screened: Path) -> None:
    screened.with_name("candidates.manifest.json").unlink()
    refuse_candidates(screened, says=["candidates.manifest.json: no such file", "barsieve screen"])


def test_a_broken_manifest(screened: Path) -> None:
    screened.with_name("candidates.manifest.json").write_text("{", encoding="utf-8")
    refuse_candidates(screened, says=["candidates.manifest.json: not a manifest"])


def test_no_candidate_file() -> None:
    refuse_candidates(Path("none.jsonl"), says=["none.jsonl: no such file", "barsieve screen"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--start", "2025-06-01"), ["covers 2025-06-15", "screen the longer range"]),
        (("--end", "2025-10-01"), ["covers 2025-06-15", "screen the longer range"]),
        (("--set", "domains.momentum.gain=0.5"), ["domains.momentum.gain was", "is 0.5 now"]),
        (
            ("--set", "fusion.weights.momentum=0.5"),
            ["fusion.weights.momentum = 0.5", "--box fusion.weights.momentum=0.3:0.5"],
        ),
        (
            ("--set", "fusion.entry_threshold_confidence=0.1"),
            [
                "fusion.entry_threshold_confidence = 0.1 is looser",
                "barsieve screen --box fusion.entry_threshold_confidence=0.1:",
            ],
        ),
    ],
)
def test_candidates_of_another_range_or_configuration(
    screened: Path, options: tuple[str, ...], says: list[str]
) -> None:
    refuse_candidates(screened, *options, says=says)


def test_candidates_of_another_asset_and_of_other_bars(screened: Path) -> None:
    rows = demo_rows(1_000)
    write_rows(rows)
    rows[3][5] = "1"
    write_rows(rows, Path("other.csv"))
    eth = ("--asset", "ETH", "--config", "ETH_comprehensive", "--data")
    candidates = ("--candidates", str(screened))
    says = ["holds candidates of DEMO, not of ETH", "--asset DEMO"]
    refused("replay", *eth, "bars.csv", *candidates, says=says)
    succeed("screen", *eth, "bars.csv", "--output", str(screened))
    succeed("replay", *eth, "bars.csv", *candidates)
    says = ["was screened on other bars (bars.csv, 1,000 rows) than other.csv", "again"]
    refused("replay", *eth, "other.csv", *candidates, says=says)


# --- places that cannot be written ---------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("screen", *MARKET, "--output", "taken/candidates.jsonl"),
        ("screen", *MARKET, "--output", "taken/deep/candidates.jsonl"),
        ("replay", *MARKET, "--output-dir", "taken"),
        ("replay", *MARKET, "--output-dir", "taken/deep"),
        ("demo", "--output-dir", "taken"),
        ("init", "taken"),
    ],
)
def test_a_file_where_a_folder_should_be(arguments: tuple[str, ...]) -> None:
    Path("taken").write_text("mine", encoding="utf-8")
    refused(*arguments, says=["taken", "cannot be written"])
    assert Path("taken").read_text(encoding="utf-8") == "mine"


def test_a_folder_where_a_file_should_be() -> None:
    Path("here/candidates.jsonl").mkdir(parents=True)
    output = ("--output", "here/candidates.jsonl")
    refused("screen", *MARKET, *output, says=["candidates.jsonl", "it is a folder"])
    Path("there/c.manifest.json").mkdir(parents=True)
    output = ("--output", "there/c.jsonl")
    refused("screen", *MARKET, *output, says=["c.manifest.json", "it is a folder"])


def test_init_keeps_what_is_there() -> None:
    succeed("init", "w")
    succeed("init", "w")  # its own files are no obstacle
    Path("w/README.md").write_text("mine", encoding="utf-8")
    refused("init", "w", says=["README.md: exists and is not ours", "another folder"])
    Path("v/README.md").mkdir(parents=True)
    refused("init", "v", says=["README.md: exists and is not ours"])
