"""docs/own-strategy.md: its files are plug-ins that trade, its commands and its Python run."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from barsieve import strategy
from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.plugins.load import KINDS
from engine.plugins.rows import KNOWN

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "own-strategy.md").read_text(encoding="utf-8")
NAMED = r"^`(\w+\.\w+)`[^\n]*:\n\n```\w+\n(.*?)^```$"  # `my_strategy.py`: and its text
FILES = dict(re.findall(NAMED, PAGE, re.MULTILINE | re.DOTALL))
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
# What turns on what a file adds, so that it decides.
TURNED_ON = {
    "my_rules.py": {
        "gates.calm": {},
        "exits.tired": {},
        "batch_mode.sentinels": ["wide_bar"],
        "entries.require_sentinel_within_bars": 12,
    },
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files of the page, in a folder of their own."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_has_files_and_commands():
    assert list(FILES) == [
        "my_strategy.py", "my_strategy.json", "my_dear.py", "my_domain.py", "my_rules.py",
        "my_indicators.py",
    ]  # fmt: skip
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".py")])
def test_each_file_changes_what_is_traded(name, folder):
    sets = {"plugins": [name], **TURNED_ON.get(name, {})}
    settings = load_settings(
        "ETH_comprehensive", "DEMO", [f"{key}={json.dumps(value)}" for key, value in sets.items()]
    )
    bars = demo_bars(9_000)
    ours = run_experiment(settings, bars, None, None, "focused")
    plain = run_experiment(load_settings("ETH_comprehensive", "DEMO"), bars, None, None)
    assert ours.result.metrics.trades > 10
    assert ours.result.digest() != plain.result.digest()


def test_its_python_runs(folder, capsys):
    (code,) = [text for kind, text in BLOCKS if kind == "python" and text not in FILES.values()]
    exec(compile(code, "own-strategy.md", "exec"), {})
    trades, skipped = capsys.readouterr().out.split()
    assert int(trades) > 10
    assert int(skipped) > 100


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_runs(command, folder):
    program, *arguments = shlex.split(command)
    assert program == "barsieve"
    done = subprocess.run(
        [sys.executable, "-P", "-m", "barsieve", *arguments],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_record_and_array_is_explained():
    aliases = {"OwnGate": "Gate", "OwnExit": "Exit"}
    for kind in KINDS:
        name = aliases.get(kind.__name__, kind.__name__)
        assert f"| `{name}` |" in PAGE
        assert hasattr(strategy, name)
    for name in KNOWN:
        assert f"`{name}`" in PAGE


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    for target in re.findall(r"`(examples/[\w.]+)`", PAGE):
        assert (ROOT / "docs" / target).is_file(), target


def test_every_key_it_names_exists():
    known = {name for name in re.findall(r"`([a-z_]+\.[a-z_]+)[`:]", PAGE)}
    settings = load_settings(None)
    sections = set(type(settings).model_fields)
    keys = [name.split(".") for name in known if name.split(".")[0] in sections]
    assert len(keys) >= 10
    for section, key in keys:
        assert key in type(getattr(settings, section)).model_fields, (section, key)
