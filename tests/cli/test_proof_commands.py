"""The commands that prove: what they refuse, at once and in one line, and what to run next."""

import json
import shlex
from pathlib import Path

import pytest
from cli_runner import DEMO, MARKET, SUMMER, refused, run, succeed

from engine.bars.demo import demo_bars
from engine.review.certificate import certificate

NEXT = "Next"
NO_BOUND = ("--set", "fusion.execution_mode=advisory")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def next_command(said: str) -> list[str]:
    """The words after `barsieve` of the one command that an answer proposes."""
    (line,) = (line for line in said.splitlines() if line.startswith(NEXT))
    return shlex.split(line.partition("barsieve ")[2])


@pytest.mark.parametrize(
    "option", [("--candidates", "x"), ("--windows", "0"), ("--variants", "9"), DEMO[:2], SUMMER[:2]]
)
def test_fuzz_refuses_what_it_would_ignore(option: tuple[str, str]) -> None:
    refused("parity", "--fuzz", "3", *option, says=["--fuzz", f"goes without {option[0]}"])


def test_certify_refuses_windows_before_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def worked() -> None:
        raise AssertionError

    monkeypatch.setattr(certificate, "sieve", worked)
    refused("certify", *MARKET, "--windows", "0,x", says=["--windows x", "bars or all"])


def test_explain_leads_from_the_nearest_to_its_page() -> None:
    to_one = next_command(succeed("explain", *MARKET, "--nearest", "1"))
    bar = json.loads(succeed("explain", *MARKET, "--nearest", "1", "--json"))["nearest"][0]["bar"]
    assert to_one[-2:] == ["--bar", str(bar)]
    assert f"bar {bar:,}, 2025-" in succeed(*to_one)
    nothing = run("explain", *MARKET, "--nearest", "1", *NO_BOUND)
    assert (nothing.exit_code, NEXT in nothing.stdout) == (0, False)


DEAR = """
from barsieve.strategy import DearDomain, Section

def judge(past, settings):
    return 0.5 if past.row % 7 == 0 else 0.0

DEAR = DearDomain("asked", (), Section, None, 1.0, judge=judge)
"""


def test_parity_names_no_certificate_of_what_is_asked_bar_by_bar() -> None:
    Path("dear.py").write_text(DEAR, encoding="utf-8")
    own = ("--set", 'plugins=["dear.py"]', "--set", "fusion.weights.asked=1")
    market = (*DEMO, "--start", "2025-06-15", "--end", "2025-07-31", *own)
    said = succeed("parity", *market, "--windows", "0", "--variants", "0")
    assert said.splitlines()[-1].startswith("Verdict: identical")
    assert NEXT not in said
    refused("certify", *market, says=["asked is asked bar by bar"])


@pytest.mark.slow
def test_each_proof_names_the_next_which_runs() -> None:
    to_warmup = next_command(succeed("lookahead", *MARKET, "--cuts", "3"))
    assert to_warmup == ["warmup", "--config", DEMO[3], *DEMO[:2]]  # of the whole file
    said = succeed("warmup", *MARKET)
    assert next_command(said)[0] == "parity"
    parity = succeed(*next_command(said), "--windows", "0", "--variants", "0")
    assert parity.splitlines()[-1].startswith("Verdict: identical")
    assert next_command(parity) == ["certify", *next_command(said)[1:]]


@pytest.mark.slow
def test_a_difference_leads_to_its_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.review.parity import variants
    from engine.review.parity.check import Comparison
    from engine.review.parity.compare import Divergence

    bar = demo_bars().size // 2

    def different(*given: object) -> list[Comparison]:
        found = Divergence(bar, "2024-07-01T12:00:00Z", "equity", 1.0, 2.0)
        return [Comparison("0 in 2 chunks", 1, 1, False, found)]

    monkeypatch.setattr(variants, "compare_variants", different)
    result = run("parity", *MARKET, "--windows", "0")
    assert result.exit_code == 1
    assert next_command(result.stdout)[-2:] == ["--bar", str(bar)]
    assert result.stdout.splitlines()[-1].startswith("Verdict: different")
