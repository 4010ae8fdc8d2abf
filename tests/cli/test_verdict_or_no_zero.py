"""A verdict or no exit 0: whatever a strategy does to the process that judges it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from cli_runner import MARKET, refused, run

import engine.commands.request as request
from engine.cli import cli
from engine.commands.one_line import DEFECT, UNREAD, OneLine, Proof, conclude
from engine.commands.request import Request
from engine.errors import DefectError

COMMANDS = {
    "replay": ("replay",), "screen": ("screen",), "lookahead": ("lookahead", "--cuts", "1"),
    "certify": ("certify",), "parity": ("parity", "--windows", "0"), "warmup": ("warmup",),
    "bench": ("bench", "batch", "--repeat", "1"),
    "sweep": ("sweep", "--vary", "exits.max_bars_in_trade=4,8", "--out", "swept"),
}  # fmt: skip
PROOFS = {"lookahead", "certify", "parity", "laws", "batch", "check"}
SIGNALS = """
import atexit, os, signal, sys, threading, time
import numpy as np
from barsieve.strategy import Signals

def leave():
    {way}

def signals(bars, columns, settings):
    leave()
    up = bars.close > np.r_[bars.close[0], bars.close[:-1]]
    return {{"enter_long": up, "exit_long": ~up}}

MINE = Signals("mine", signals)
"""
DEAR = """
import os, sys
from barsieve.strategy import DearDomain, Section

def judge(past, settings):
    if past.row > 900:
        {way}
    return 1.0

MINE = DearDomain("mine", (), Section, None, 1.0, judge=judge)
"""
CLASS = """
import sys
from barsieve.strategy import BarStrategy

class Mine:
    def __init__(self, settings):
        pass

    def on_bar(self, context):
        if context.row > 900:
            {way}
        return "long"

MINE = BarStrategy("mine", Mine)
"""
RAISED = ("sys.exit(0)", "raise SystemExit", "raise KeyboardInterrupt", "raise GeneratorExit")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def market_of(text: str) -> tuple[str, ...]:
    Path("mine.py").write_text(text, encoding="utf-8")
    content = {"asset": "DEMO", "plugins": ["mine.py"], "gates": {"atr_percentile": None}}
    Path("mine.json").write_text(json.dumps(content), encoding="utf-8")
    return "--config", "mine.json", "--bars", "1500"


def the_line(*arguments: str) -> str:
    """The one line of a command that ends with exit code 2."""
    result = run(*arguments)
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert (result.exit_code, len(lines)) == (2, 1), (result.exit_code, result.output)
    assert "Verdict" not in result.stdout
    return lines[0]


# --- what is raised -------------------------------------------------------------------------------


@pytest.mark.parametrize("way", RAISED)
@pytest.mark.parametrize("command", ["replay", "lookahead", "laws"])
def test_signals_that_leave_are_named_with_their_line(command: str, way: str) -> None:
    market = market_of(SIGNALS.format(way=way))
    if command == "laws":
        result = run("laws", "mine.py")
        assert result.exit_code == 1
        assert "Verdict: broken" in result.stdout
        assert "would end the process (mine.py, line 7)" in result.stdout
        return
    line = the_line(*COMMANDS[command], *market)
    assert "mine: signals failed: " in line
    assert "would end the process (mine.py, line 7)" in line


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_ends_with_0(command: str) -> None:
    line = the_line(*COMMANDS[command], *market_of(SIGNALS.format(way="sys.exit(0)")))
    assert "mine: signals failed: SystemExit: 0" in line


@pytest.mark.parametrize("way", RAISED)
@pytest.mark.parametrize(("kind", "part"), [(DEAR, "judge"), (CLASS, "on_bar")])
def test_what_is_asked_bar_by_bar_is_named_with_its_bar(kind: str, part: str, way: str) -> None:
    line = the_line("replay", "--skip-laws", *market_of(kind.format(way=way)))
    assert re.match(rf"Error: mine: {part} failed at bar 90[12] \(", line)
    assert "would end the process (mine.py, line " in line


@pytest.mark.slow
def test_so_it_is_in_workers() -> None:
    market = market_of(DEAR.format(way="sys.exit(0)"))
    line = the_line("replay", "--skip-laws", "--jobs", "2", *market)
    assert "mine: failed at bar 902 (" in line
    market = market_of(DEAR.format(way="os._exit(0)"))
    assert "ended by itself" in the_line("replay", "--skip-laws", "--jobs", "2", *market)


@pytest.mark.parametrize("way", RAISED)
def test_a_file_that_leaves_while_it_is_loaded(way: str) -> None:
    market = market_of(f"import sys\n{way}\n")
    line = refused("replay", *market, says=["mine.py: does not run", "(line 2)"])
    assert way.split("(")[0].rpartition(" ")[2].removeprefix("sys.exit") in line


def test_settings_that_leave_while_they_are_checked() -> None:
    text = SIGNALS.format(way="pass").replace("Signals(", "Signals(settings=Own, name=") + ""
    own = (
        "from barsieve.strategy import Section\nfrom pydantic import field_validator\n"
        "class Own(Section):\n    x: int = 1\n    @field_validator('x')\n    @classmethod\n"
        "    def check(cls, x):\n        raise SystemExit(0)\n"
    )
    text = own + text.replace("signals)", "signals=signals)")
    market = market_of(text)
    assert "ended the process" in the_line("replay", *market, "--set", "domains.mine.x=2")


def test_ctrl_c_stays_ctrl_c() -> None:
    """A real one arrives between two instructions, also inside of a strategy."""
    result = run("replay", *market_of(SIGNALS.format(way="signal.raise_signal(signal.SIGINT)")))
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (130, "Stopped")


# --- what ends a process from below ---------------------------------------------------------------


def ended(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "barsieve", *arguments], capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("os._exit(0)", "os._exit(0), which would end the process (mine.py, line 7)"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "signal 15 to itself"),
        ("os.execv(sys.executable, [sys.executable, '-c', '1'])", "os.exec of"),
        (
            "threading.Thread(target=os._exit, args=(0,)).start(); time.sleep(9)",
            "ended the process with os._exit(0)",
        ),
    ],
)
def test_a_process_is_not_ended_from_below(way: str, says: str) -> None:
    if os.name == "nt" and "kill" in way:
        pytest.skip("a signal to oneself is TerminateProcess there, which nobody sees")
    market = market_of(SIGNALS.format(way=way))
    for command in ("replay", "lookahead"):
        done = ended(*COMMANDS[command], *market)
        assert done.returncode == 2, done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith("Error: ")
        assert says in last
        assert "Verdict" not in done.stdout


@pytest.mark.slow
def test_what_runs_behind_the_verdict_changes_no_exit_code() -> None:
    future = "up = bars.close > np.r_[bars.close[1:], bars.close[0]]"
    text = SIGNALS.format(way="atexit.register(os._exit, 0)")
    market = market_of(
        text.replace("up = bars.close > np.r_[bars.close[0], bars.close[:-1]]", future)
    )
    done = ended("lookahead", "--cuts", "5", *market)
    assert "Verdict: looks ahead" in done.stdout
    assert done.returncode == 1


@pytest.mark.slow
def test_a_process_that_a_strategy_forks_may_end() -> None:
    """Only our own stays: pools of libraries end theirs with `os._exit`."""
    if sys.platform == "win32":
        pytest.skip("nobody forks there")
    way = "child = os.fork(); os._exit(0) if child == 0 else os.waitpid(child, 0)"
    done = ended("replay", *market_of(SIGNALS.format(way=way)))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Total: ") == 1


# --- the one seam ---------------------------------------------------------------------------------


def commands(group: click.Group) -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found |= commands(command) if isinstance(command, click.Group) else {name: command}
    return found


def test_every_command_that_says_a_verdict_ends_by_the_seam() -> None:
    every = commands(cli)
    assert {name for name, each in every.items() if isinstance(each, Proof)} == PROOFS
    assert all(isinstance(each, OneLine) for each in every.values())
    promising = {name for name, each in every.items() if "Exit code 0 " in (each.help or "")}
    assert promising == PROOFS


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_a_proof_without_a_verdict_is_a_defect(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = commands(cli)[name]
    for silent in (lambda: None, lambda: click.get_current_context().exit(0)):
        monkeypatch.setattr(command, "callback", silent)
        monkeypatch.setattr(command, "params", [])
        words = {"batch": ("bench", "batch"), "check": ("data", "check")}.get(name, (name,))
        result = click.testing.CliRunner().invoke(cli, words)
        assert result.exit_code == DEFECT
        assert "ended without a verdict" in result.stderr


def failing(error: BaseException) -> Any:
    def callback() -> None:
        raise error

    return callback


@pytest.mark.parametrize("name", ["replay", "lookahead", "parity"])
@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (AssertionError("x"), DEFECT, "Error: internal error: AssertionError: x; please report it"),
        (ZeroDivisionError("z"), DEFECT, "Error: internal error: ZeroDivisionError: z"),
        (DefectError("internal error: y"), DEFECT, "Error: internal error: y"),
        (SystemExit(0), 2, "ended the process (SystemExit(0))"),
        (BrokenPipeError(32, "gone"), UNREAD, ""),
    ],
)
def test_no_failure_of_ours_looks_like_a_finding(
    name: str, error: BaseException, code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.commands[name], "callback", failing(error))
    monkeypatch.setattr(cli.commands[name], "params", [])
    result = click.testing.CliRunner().invoke(cli, [name])
    assert result.exit_code == code
    assert says in (result.stderr.splitlines() or [""])[-1]


def test_a_verdict_that_cannot_be_printed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(line: str, err: bool = False) -> None:
        if not err:
            raise OSError(28, "No space left on device")

    for given in (Request(), Request(as_json=True)):
        own = Proof("c", callback=lambda given=given: conclude(given, "Verdict: yes", {}, 0))
        assert click.testing.CliRunner().invoke(own).exit_code == 0
        with monkeypatch.context() as patched:
            patched.setattr(request.click, "echo", full)
            assert click.testing.CliRunner().invoke(own).exit_code == 2


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_no_proof() -> None:
    command = [sys.executable, "-m", "barsieve", "lookahead", *MARKET, "--cuts", "1"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, encoding="utf-8", check=False
        )
    assert done.returncode == 2, done.stderr
    assert "cannot be printed" in done.stderr


# --- the timeframe of the bars as a higher one ----------------------------------------------------


@pytest.mark.parametrize(
    ("timeframe", "more"),
    [("4h", ()), ("1d", ("--set", 'fusion.trend_timeframes=["1d"]', "--set",
                         'domains.wyckoff={"timeframes": ["1d"], "weights": [1.0]}'))],
)  # fmt: skip
def test_bars_of_a_timeframe_that_the_configuration_names(
    timeframe: str, more: tuple[str, ...]
) -> None:
    market = ("--asset", "DEMO", "--bars", "1600", "--set", f"timeframe={timeframe}", *more)
    result = run("lookahead", *market, "--cuts", "3")
    assert "Verdict: causal" in result.stdout, result.output
    assert result.exit_code == 0
