"""What each command prints and writes, on the embedded market."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runner import DEMO, MARKET, clean_environment, listing, only_run, refused, run, succeed

from engine.inputs import load_settings
from engine.prescreen.manifest import Manifest

ROOT = Path(__file__).resolve().parents[2]
RUN_FILES = {
    "run.json", "config.json", "candidates.jsonl", "trade_log.jsonl", "decision_log.jsonl",
    "trades.parquet", "equity.parquet", "timings.json",
}  # fmt: skip
CANDIDATES = ("--candidates", "results/candidates.jsonl")
Record = dict[str, object]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def records(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def record(folder: Path) -> Record:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def numbers(pattern: str, text: str) -> list[int]:
    """The numbers of the one line that matches `pattern`."""
    (found,) = re.findall(pattern, text, flags=re.MULTILINE)
    return [
        int(each.replace(",", "")) for each in (found if isinstance(found, tuple) else (found,))
    ]


# --- screen --------------------------------------------------------------------------------------


def test_screen_writes_candidates_and_their_manifest() -> None:
    said = succeed("screen", *MARKET)
    lines = records(Path("results/candidates.jsonl"))
    manifest = json.loads(Path("results/candidates.manifest.json").read_text(encoding="utf-8"))
    keys = ["timestamp", "side", "score", "reason", "bar", "bound_long", "bound_short"]
    assert [list(line) for line in lines] == [keys] * len(lines)
    assert set(manifest) == set(Manifest.model_fields)
    assert manifest["candidates"] == len(lines) > 0
    for side in ("long", "short", "both"):
        assert manifest[side] == sum(line["side"] == side for line in lines)
    scores = [line["score"] for line in lines]
    assert manifest["score_range"] == [min(scores), max(scores)]
    assert scores == [max(line["bound_long"], line["bound_short"]) for line in lines]
    assert manifest["density"] == len(lines) / 2592
    for name, count in manifest["sentinels"].items():
        assert count == sum(name in line["reason"].split(",") for line in lines)
    assert numbers(r"^Candidates: ([\d,]+) \(([\d,]+) long, ([\d,]+) short", said) == [
        len(lines), manifest["long"], manifest["short"],
    ]  # fmt: skip
    assert f"density {manifest['density']:.1%}" in said
    assert f"Scores: {min(scores):.6f} to {max(scores):.6f}" in said
    assert f"volume_spike {manifest['sentinels']['volume_spike']}" in said


def test_screen_twice_gives_the_same_bytes() -> None:
    for name in ("a", "b"):
        succeed("screen", *MARKET, "--output", f"{name}/c.jsonl")
    assert listing(Path.cwd()) == [
        "a", "a/c.jsonl", "a/c.manifest.json", "b", "b/c.jsonl", "b/c.manifest.json",
    ]  # fmt: skip
    for name in ("c.jsonl", "c.manifest.json"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()


def test_screen_as_json() -> None:
    answer = json.loads(succeed("screen", *MARKET, "--json"))
    manifest = json.loads(Path("results/candidates.manifest.json").read_text(encoding="utf-8"))
    assert answer == {"output": str(Path("results/candidates.jsonl")), **manifest}


# --- replay --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "focused", "auto"])
def test_replay_says_what_it_did_and_writes_the_run(mode: str) -> None:
    succeed("screen", *MARKET)
    said = succeed("replay", *MARKET, *CANDIDATES, "--replay", mode)
    count = len(records(Path("results/candidates.jsonl")))
    assert numbers(r"^Warm-up: ([\d,]+) rows; the first tradable bar is 2025-06-15", said) == [503]
    assert numbers(r"^Loaded ([\d,]+) candidates", said) == [count]
    visited, skipped, held = numbers(
        r"^Replay \w+: ([\d,]+) bars visited, ([\d,]+) skipped, ([\d,]+) in position", said
    )
    assert visited + skipped == 2592
    assert (skipped > 0) == (mode == "focused")
    assert numbers(r"^Will process ([\d,]+) bars", said) == [count if skipped else 2592]
    folder = only_run(Path("results"))
    assert {path.name for path in folder.iterdir()} == RUN_FILES
    kept = "focused" if mode == "focused" else "full"
    assert re.fullmatch(rf"DEMO_1h_{kept}_[0-9a-f]{{8}}", folder.name)
    stored = record(folder)
    assert folder.name.endswith(stored["fingerprint"])
    visits = stored["visits"]
    assert [visits[key] for key in ("bars", "visited", "skipped", "in_position")] == [
        2592, visited, skipped, held,
    ]  # fmt: skip
    assert sum(stored["decisions"].values()) == visited
    assert len(records(folder / "decision_log.jsonl")) == visited
    trades = stored["metrics"]["trades"]
    assert trades > 0
    assert said.splitlines()[-1] == f"Total: {trades} trades"
    for stage in ("columns", "candidates", "replay", "result"):
        assert f"{stage} " in said.split("Time: ")[1]
        assert stage in json.loads((folder / "timings.json").read_text(encoding="utf-8"))


def test_auto_that_replays_in_full_says_both_costs_in_one_line() -> None:
    succeed("screen", *MARKET)
    lines = succeed("replay", *MARKET, *CANDIDATES).splitlines()
    (line,) = [line for line in lines if "predicted" in line]
    assert re.search(r"replaying in full: .+; predicted [\d.]+ ms focused, [\d.]+ ms full$", line)


def selective() -> list[str]:
    """The market with a threshold that ten bars of three years reach."""
    succeed("screen", *DEMO)
    scores = sorted(line["score"] for line in records(Path("results/candidates.jsonl")))
    return [*DEMO, "--set", f"fusion.entry_threshold_confidence={scores[-10]!r}"]


def test_auto_takes_the_focused_replay_where_candidates_are_few() -> None:
    market = selective()
    succeed("screen", *market)
    said = succeed("replay", *market, *CANDIDATES)
    assert len(records(Path("results/candidates.jsonl"))) >= 10
    assert "Replay focused:" in said
    assert only_run(Path("results")).name.startswith("DEMO_1h_focused_")


def test_the_default_is_full_without_candidates_and_auto_with() -> None:
    market = selective()
    assert "Replay full:" in succeed("replay", *market)
    succeed("screen", *market)
    assert "Replay focused:" in succeed("replay", *market, *CANDIDATES)


def test_full_and_focused_share_fingerprint_and_result() -> None:
    for mode in ("full", "focused"):
        succeed("replay", *MARKET, "--replay", mode)
    found = [record(path) for path in sorted(Path("results").iterdir()) if path.is_dir()]
    assert [each["replay"] for each in found] == ["focused", "full"]
    for key in ("fingerprint", "config", "result", "metrics", "data", "range"):
        assert found[0][key] == found[1][key]
    assert found[0]["visits"] != found[1]["visits"]


def test_replay_as_json_holds_the_same_numbers() -> None:
    answer = json.loads(succeed("replay", *MARKET, "--json"))
    folder = only_run(Path("results"))
    stored = record(folder)
    assert {key: answer[key] for key in stored} == stored
    assert answer["directory"] == str(folder)
    assert answer["identical_to_stored"] is False


def test_the_trade_log_is_the_last_runs_and_its_first_keys_are_fixed() -> None:
    succeed("replay", *MARKET)
    log = Path("results/trade_log.jsonl")
    before = log.read_bytes()
    assert before == (only_run(Path("results")) / "trade_log.jsonl").read_bytes()
    assert all(list(line)[:3] == ["timestamp", "side", "price"] for line in records(log))
    assert len({line["config"] for line in records(log)}) == 1
    succeed("replay", *DEMO, "--start", "2025-09-01", "--end", "2025-09-30")
    assert log.read_bytes() != before
    assert len(log.read_bytes()) < len(before)


# --- a run that comes again ----------------------------------------------------------------------


def test_the_same_run_again_is_identical_and_leaves_the_same_bytes() -> None:
    assert "identical" not in succeed("replay", *MARKET)
    folder = only_run(Path("results"))
    before = {name: (folder / name).read_bytes() for name in RUN_FILES - {"timings.json"}}
    said = succeed("replay", *MARKET)
    assert f"Wrote {folder}, identical to the stored run" in said
    assert before == {name: (folder / name).read_bytes() for name in before}
    shutil.rmtree(folder)
    succeed("replay", *MARKET)
    assert before == {name: (folder / name).read_bytes() for name in before}


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("trade_log.jsonl", "first in line 1;"),
        ("decision_log.jsonl", "first in line 1;"),
        ("equity.parquet", "first at byte 12;"),
        ("trades.parquet", "first at byte 12;"),
    ],
)
def test_a_tampered_stored_file_is_named(name: str, where: str) -> None:
    succeed("replay", *MARKET)
    path = only_run(Path("results")) / name
    good = path.read_bytes()
    path.write_bytes(good[:11] + bytes([good[11] ^ 1]) + good[12:])
    refused("replay", *MARKET, says=[name, "the stored run differs", where, "--replace"])
    assert "identical" not in succeed("replay", *MARKET, "--replace")
    assert path.read_bytes() == good


def test_a_stored_file_cut_short_or_lost_is_named() -> None:
    succeed("replay", *MARKET)
    path = only_run(Path("results")) / "trade_log.jsonl"
    path.write_bytes(path.read_bytes().rsplit(b"\n", 2)[0] + b"\n")
    refused("replay", *MARKET, says=["trade_log.jsonl", "first in its length"])
    path.unlink()
    refused("replay", *MARKET, says=["trade_log.jsonl: missing from the stored run", "--replace"])


@pytest.mark.parametrize("text", ['{"result": "0"}', "{}", "[]", "no json"])
def test_a_tampered_record_is_named(text: str) -> None:
    succeed("replay", *MARKET)
    (only_run(Path("results")) / "run.json").write_text(text, encoding="utf-8")
    refused("replay", *MARKET, says=["run.json", "the stored run differs", '"result"'])


def test_another_window_or_candidate_file_is_no_difference() -> None:
    """They share the fingerprint, since no result depends on them."""
    succeed("replay", *MARKET)
    succeed("screen", *MARKET, "--box", "fusion.entry_threshold_confidence=0.2:0.9")
    wide = ("--set", "batch_mode.candidate_window_bars=6")
    for options in ((), wide, CANDIDATES, (*CANDIDATES, *wide)):
        said = succeed("replay", *MARKET, "--replay", "full", *options)
        assert "identical to the stored run" in said
    # The record is of the last run.
    folder = only_run(Path("results"))
    wanted = Path("results/candidates.jsonl").read_bytes()
    assert (folder / "candidates.jsonl").read_bytes() == wanted
    assert record(folder)["visits"]["window_bars"] > len(records(folder / "candidates.jsonl"))


# --- configurations ------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--set", "batch_mode.policy=sentinel")])
def test_the_stored_configuration_loads_to_the_same_run(options: tuple[str, ...]) -> None:
    succeed("replay", *MARKET, *options)
    folder = only_run(Path("results"))
    stored = load_settings(str(folder / "config.json"))
    assert stored == load_settings("ETH_comprehensive", "DEMO", options[1:])
    config = ("--config", str(folder / "config.json"))
    said = succeed("replay", *config, *MARKET[4:])
    assert f"Wrote {folder}, identical to the stored run" in said


def test_set_overrides_and_a_stored_null_is_no_obstacle() -> None:
    succeed("replay", *MARKET, "--set", "exits.max_bars_in_trade=1")
    config = only_run(Path("results")) / "config.json"
    held = [line for line in records(Path("results/trade_log.jsonl")) if line["event"] == "fill"]
    assert {line["reason"] for line in held} >= {"entry", "time_stop"}
    changed = load_settings(str(config), None, ["gates.session.from_hour=9"])
    assert changed.gates.session.from_hour == 9


def test_the_asset_option_wins_over_the_configuration() -> None:
    assert json.loads(succeed("replay", *MARKET, "--json"))["asset"] == "DEMO"
    says = ["no bars for ETH 1h"]
    refused("replay", "--config", "ETH_comprehensive", says=says)


def test_json_and_yaml_configurations_with_comments_run_alike() -> None:
    tree = {
        "$schema": "x", "//": "a comment", "asset": "DEMO",
        "exits": {"// why": 1, "scale_out_rr": None},
    }  # fmt: skip
    Path("a.json").write_text(json.dumps(tree), encoding="utf-8")
    text = '# a comment\nasset: DEMO\nexits:\n  "// why": 1\n  scale_out_rr: null\n'
    Path("a.yaml").write_text(text, encoding="utf-8")
    Path("a.yml").write_text(text, encoding="utf-8")
    configs = {load_settings(name).model_dump_json() for name in ("a.json", "a.yaml", "a.yml")}
    assert len(configs) == 1
    succeed("replay", *MARKET[4:], "--config", "a.yaml")


def test_an_empty_configuration_runs() -> None:
    Path("empty.json").write_text("{}", encoding="utf-8")
    succeed("replay", "--asset", "DEMO", "--config", "empty.json", *MARKET[4:])
    said = succeed("replay", "--asset", "DEMO", *MARKET[4:])
    assert "identical to the stored run" in said


def test_the_length_and_timeframe_of_the_demo_market() -> None:
    said = succeed("replay", "--asset", "DEMO", "--bars", "5000", "--set", "timeframe=30m")
    assert "Read 5,000 bars" in said
    folder = only_run(Path("results"))
    assert folder.name.startswith("DEMO_30m_full_")
    assert record(folder)["range"]["end"] == "2023-04-15T03:30:00Z"


# --- demo, init, scripts -------------------------------------------------------------------------


def test_demo() -> None:
    said = succeed("demo")
    assert "Identical: trades, account and equity are the same bytes" in said
    (times,) = re.findall(r"Identical, (\d+) times faster: (\d+) trades", said)
    # Asked 2,587 times in full and 54 times focused: a ratio of calls, whatever the machine does.
    assert int(times[0]) >= 13
    assert int(times[1]) == 24
    names = sorted(path.name for path in Path("results").iterdir() if path.is_dir())
    assert [name.rsplit("_", 1)[0] for name in names] == ["DEMO_1h_focused"] * 2 + [
        "DEMO_1h_full"
    ] * 2
    succeed("demo", "--output-dir", "elsewhere")
    assert sorted(p.name for p in Path("elsewhere").iterdir() if p.is_dir()) == names


@pytest.mark.parametrize(("policy", "proof"), [("admissible", True), ("sentinel", False)])
def test_a_proof_is_only_named_where_there_is_one(policy: str, proof: bool) -> None:
    said = succeed("replay", *MARKET, "--set", f"batch_mode.policy={policy}")
    assert ("Next, the proof that focused equals full: " in said) == proof


def commands_of(readme: str) -> list[list[str]]:
    return [line.split()[1:] for line in readme.splitlines() if line.startswith("    barsieve ")]


def test_the_commands_of_a_workspace_run(monkeypatch: pytest.MonkeyPatch) -> None:
    said = succeed("init", "w")
    assert "Next: cd w" in said
    monkeypatch.chdir("w")
    commands = commands_of(Path("README.md").read_text(encoding="utf-8"))
    assert [command[0] for command in commands] == ["screen", "replay", "parity"]
    for command in commands:
        succeed(*command)


def test_help_is_there_for_every_command() -> None:
    for command in ("screen", "replay", "parity", "demo", "init"):
        assert "Usage: " in run(command, "-h").stdout
    assert "0.2.0" in run("--version").stdout


@pytest.mark.parametrize(
    ("script", "last"),
    [
        ("bin/research/batch_screener.py", "Next: "),
        ("bin/live/hybrid_runner.py", "Total: "),
    ],
)
def test_the_scripts_run_by_path(script: str, last: str) -> None:
    command = [sys.executable, str(ROOT / script)]

    def script_run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, encoding="utf-8",
            check=False, env=clean_environment(),
        )  # fmt: skip

    done = script_run(*MARKET)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith(last)
    bad = script_run("--config", "nope")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("Error: --config nope: neither")
    # What the usage line says is what can be typed.
    assert f"Usage: {Path(script).name} [OPTIONS]" in script_run("--help").stdout
