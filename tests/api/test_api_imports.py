"""What the API imports when, what a type checker sees of it, and that its page runs as written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import barsieve

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
CALLS = """
import sys
import barsieve
heavy = {"numpy", "pandas", "pydantic", "plotly"}
print(sorted(heavy & set(sys.modules)))
run = barsieve.run(barsieve.demo_bars(2_000), "ETH_comprehensive", mode="focused")
barsieve.screen(barsieve.demo_bars(2_000), "ETH_comprehensive")
print(run)
print(sorted(heavy & set(sys.modules)))
"""
TYPED = """
import barsieve
import pandas as pd

df = pd.DataFrame()
run = barsieve.run({"ETH": df}, {"exits.max_bars_in_trade": 3}, start="2025-06-15", mode="full")
reveal_type(run)
reveal_type(run.trades)
reveal_type(run.equity)
reveal_type(run.stats)
reveal_type(barsieve.parity(df).verdict)
reveal_type(barsieve.screen(df, box={"a": (0.1, 0.2)}).save("x"))
barsieve.run(df, mode="quick")
barsieve.run([df])
run.profit
"""


def test_bars_in_and_a_printed_run_need_no_pandas(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CALLS], capture_output=True, text=True, encoding="utf-8",
        check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, *_, last = done.stdout.splitlines()
    assert (first, last) == ("[]", "['numpy', 'pydantic']")


def test_every_lazy_name_is_there_for_type_checkers():
    source = Path(barsieve.__file__).read_text(encoding="utf-8")
    declared = dict(re.findall(r"    from (\S+) import \w+ as (\w+)", source))
    typed = re.findall(r"    from (\S+) import (\w+) as \2", source)
    assert {name: home for home, name in typed} == barsieve._HOMES
    assert declared


@pytest.mark.slow
def test_a_type_checker_sees_the_types(tmp_path):
    pytest.importorskip("mypy", reason="needs mypy, a development tool")
    (tmp_path / "user.py").write_text(TYPED, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--no-incremental", "--follow-imports=silent",
               "--config-file=", "user.py"]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=tmp_path
    )
    seen = re.findall(r'user.py:(\d+): note: Revealed type is "(.*)"', done.stdout)
    kinds = [kind for _, kind in seen]
    assert kinds[0] == "engine.api.results.Run", done.stdout
    assert kinds[1].endswith("DataFrame")
    assert "Series[" in kinds[2]
    assert kinds[3].startswith(("dict[", "builtins.dict["))
    assert "identical" in kinds[4]
    assert "Path" in kinds[5]
    lines = TYPED.splitlines()
    wrong = [lines[int(row) - 1] for row in re.findall(r"user.py:(\d+): error", done.stdout)]
    assert wrong == lines[-3:], done.stdout


def test_the_page_runs_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) == 8
    names = {"__name__": "__main__"}
    for block in BLOCKS:
        exec(compile(block, "docs/python.md", "exec"), names)
    said = capsys.readouterr().out
    assert "identical" in said
    assert (tmp_path / "candidates.manifest.json").is_file()
