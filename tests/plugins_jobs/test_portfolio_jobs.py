"""Several markets in one run, judged ahead one after the other: the same bytes for any number of
processes.
"""

import json
import re
import time

import pytest
from cli.cli_runner import only_run, refused, succeed
from plugins_jobs.judges import HONEST

pytestmark = pytest.mark.slow
MARKETS = ("--asset", "DEMO", "--asset", "DEMO2", "--bars", "1200", "--config", "mine.json")
ASKED = re.compile(r"Asked own ([\d,]+) times of (\w+)")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text('{"plugins": ["mine.py"]}', encoding="utf-8")
    text = f"{HONEST}# {tmp_path} {time.time_ns()}\n"
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    return tmp_path


def files(folder):
    """What a run wrote, without the files that know a clock."""
    own = only_run(folder)
    return {
        path.relative_to(own).as_posix(): path.read_bytes()
        for path in own.rglob("*") if path.is_file() and path.name != "timings.json"
    }  # fmt: skip


def test_the_bytes_are_those_of_one_process(workspace):
    said = {}
    for jobs in ("1", "2"):
        options = ("--replay", "focused", "--jobs", jobs, "--output-dir", f"jobs{jobs}")
        said[jobs] = succeed("replay", *MARKETS, "--skip-laws", *options)
    one, two = (files(workspace / f"jobs{jobs}") for jobs in (1, 2))
    assert one == two
    assert json.loads(one["run.json"])["metrics"]["trades"] > 0
    counts = ASKED.findall(said["1"])
    assert [asset for _, asset in counts] == ["DEMO", "DEMO2"]
    assert counts == ASKED.findall(said["2"])
    used = sum(int(count.replace(",", "")) for count, _ in counts)
    assert f"in 2 processes; the replay used {used:,} of them" in said["2"]


def test_kept_scores_of_several_markets(workspace):
    keep = ("--skip-laws", "--cache-scores", "--output-dir")
    first = succeed("replay", *MARKETS, *keep, "first")
    again = succeed("replay", *MARKETS, *keep, "second")
    assert "were kept from earlier runs" in again and "were kept" not in first
    assert files(workspace / "first") == files(workspace / "second")


def test_markets_without_a_dear_domain_refuse_the_option(workspace):
    (workspace / "mine.json").write_text("{}", encoding="utf-8")
    refused("replay", *MARKETS, "--jobs", "2", says=["no dear domain", "--jobs 2"])
