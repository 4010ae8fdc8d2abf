"""Dear domains judged ahead in processes of their own: the same bytes, for any number of them."""

import json
import re
import time

import pytest
from cli.cli_runner import only_run, refused, run, succeed
from plugins_jobs.judges import BEYOND, DIES, FAILS, HONEST

pytestmark = pytest.mark.slow
MARKET = ("--asset", "DEMO", "--bars", "1600", "--config", "mine.json", "--skip-laws")
COUNTS = re.compile(r"Judged ([\d,]+) bars in (\d) processes; the replay used ([\d,]+) of them")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text('{"plugins": ["mine.py"]}', encoding="utf-8")
    return tmp_path


def write(workspace, text):
    """The strategy of a test, with a text of its own: nothing is kept of other tests."""
    (workspace / "mine.py").write_text(f"{text}# {workspace} {time.time_ns()}\n", encoding="utf-8")


def files(folder):
    """What a run wrote, without the one file that knows a clock."""
    return {
        path.name: path.read_bytes()
        for path in only_run(folder).iterdir() if path.name != "timings.json"
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["full", "focused"])
def test_the_bytes_are_those_of_one_process(workspace, mode):
    write(workspace, HONEST)
    for jobs in (1, 2, 3):
        options = ("--replay", mode, "--jobs", str(jobs), "--output-dir", f"jobs{jobs}")
        said = succeed("replay", *MARKET, *options)
        assert (COUNTS.search(said) is None) == (jobs == 1)
    one, *others = (files(workspace / f"jobs{jobs}") for jobs in (1, 2, 3))
    assert json.loads(one["run.json"])["metrics"]["trades"] > 0
    assert all(other == one for other in others)


def test_the_counts_are_those_that_were_judged_and_used(workspace):
    write(workspace, HONEST)
    alone = succeed("replay", *MARKET, "--output-dir", "alone")
    said = succeed("replay", *MARKET, "--jobs", "2", "--output-dir", "two")
    ahead, jobs, used = (int(each.replace(",", "")) for each in COUNTS.search(said).groups())
    asked = int(re.search(r"Asked own ([\d,]+) times", alone).group(1).replace(",", ""))
    assert (jobs, used) == (2, asked)
    assert ahead >= used > 0
    progress = run("replay", *MARKET, "--jobs", "2", "--output-dir", "two").stderr.splitlines()
    assert progress[-1] == f"judged {ahead:,} of {ahead:,} bars..."


def test_a_bar_that_fails_is_named_with_its_traceback(workspace):
    write(workspace, FAILS)
    told = []
    for jobs in ("2", "3"):
        result = run("replay", *MARKET, "--jobs", jobs)
        lines = result.stderr.splitlines()
        assert result.exit_code == 2
        assert any("level += 0 // int(past.row != 1_200)" in line for line in lines)
        told.append(lines[-1])
    assert told[0] == told[1]
    assert "own: failed at bar 1,200 (2023-02-20T00:00:00Z): ZeroDivisionError" in told[0]
    assert re.search(r"nothing of the [\d,]+ bars judged before it is kept$", told[0])
    assert not (workspace / "results").exists()


def test_what_was_judged_before_a_failure_can_be_kept(workspace):
    write(workspace, FAILS)
    first = run("replay", *MARKET, "--jobs", "2", "--cache-scores").stderr.splitlines()[-1]
    kept = re.search(r"the scores of ([\d,]+) bars are kept$", first).group(1)
    again = run("replay", *MARKET, "--jobs", "2", "--cache-scores")
    assert again.exit_code == 2
    assert f"Scores of {kept} bars were kept from earlier runs" in again.stdout


def test_a_score_beyond_its_bound_stops_the_run(workspace):
    write(workspace, BEYOND)
    result = run("replay", *MARKET, "--jobs", "2")
    assert result.exit_code == 2
    assert "own: gave " in result.stderr and "at bar 1,200" in result.stderr
    assert "outside its bound [-1.0, 1.0]" in result.stderr


def test_a_process_that_ends_by_itself_is_told(workspace):
    write(workspace, DIES)
    result = run("replay", *MARKET, "--jobs", "2")
    assert result.exit_code == 2
    assert "ended by itself" in result.stderr.splitlines()[-1]


def test_kept_scores_change_no_byte_and_are_asked_once(workspace):
    write(workspace, HONEST)
    for name in ("first", "second"):
        said = succeed("replay", *MARKET, "--cache-scores", "--output-dir", name)
        assert ("were kept from earlier runs" in said) == (name == "second")
    succeed("replay", *MARKET, "--output-dir", "third")
    assert files(workspace / "first") == files(workspace / "second") == files(workspace / "third")


@pytest.mark.parametrize("change", [("--set", "domains.own.bars=21"), ("--bars", "1500")])
def test_other_settings_and_data_keep_their_own_scores(workspace, change):
    write(workspace, HONEST)
    succeed("replay", *MARKET, "--cache-scores", "--output-dir", "first")
    said = succeed("replay", *MARKET, *change, "--cache-scores", "--output-dir", "second")
    assert "were kept" not in said


@pytest.mark.parametrize("option", [("--jobs", "2"), ("--cache-scores",)])
def test_a_run_without_a_dear_domain_refuses_the_options(workspace, option):
    market = ("--asset", "DEMO", "--bars", "1500", "--config", "ETH_comprehensive")
    refused("replay", *market, *option, says=["no dear domain", option[0]])
