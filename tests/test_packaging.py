"""A built wheel, installed in an empty folder, does what the checkout does; imports stay light."""

import importlib.util
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import barsieve

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "numba", "pandas", "pyarrow", "pydantic")
WANTED = (
    "engine/presets/v18/ETH_comprehensive.json", "engine/presets/examples/example_config.yaml",
    "engine/py.typed", "barsieve/__init__.py",
    "barsieve/__main__.py", "barsieve/py.typed", "engine/report/page/shell.html",
    "engine/report/page/page.css", "engine/report/page/shared.js",
)  # fmt: skip


def python(
    *arguments: str, path: Path | None = None, cwd: Path
) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter; with `path`, that folder's packages come first."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8",
        check=False, cwd=cwd, env=environment,
    )  # fmt: skip


def succeed(*arguments: str, path: Path | None = None, cwd: Path) -> str:
    done = python(*arguments, path=path, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- the wheel -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for tool in ("build", "hatchling"):
        if importlib.util.find_spec(tool) is None:
            pytest.skip(f"needs {tool} to build a wheel offline")
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--wheel", "--no-isolation", "--outdir", str(folder))
    succeed("-m", "build", *options, str(ROOT), cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed wheel."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("needs pip to install the wheel")
    folder = tmp_path_factory.mktemp("site")
    options = ("--no-deps", "--no-index", "--quiet", "--target", str(folder))
    succeed("-m", "pip", "install", *options, str(wheel), cwd=folder)
    return folder


def misplaced(names: list[str]) -> list[str]:
    """Files of a wheel that are neither Python, a preset, a marker, metadata nor a page's part."""
    kinds = (".py", ".json", ".yaml", "py.typed")
    return [
        name
        for name in names
        if not name.startswith(("engine/", "barsieve/", "barsieve-"))
        or (
            ".dist-info/" not in name
            and not name.endswith(kinds)
            and not re.fullmatch(r"engine/report/page/\w+\.(html|css|js)", name)
        )
    ]


def test_the_wheel_holds_the_packages_the_presets_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in WANTED if name not in names] == []
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert misplaced(names) == []


def test_what_would_be_misplaced() -> None:
    bad = [
        "tests/x.py", "engine/x.nbi", "data/x.parquet", "engine/x.csv", "bin/x.py", "engine/x.js",
    ]  # fmt: skip
    assert misplaced([*WANTED, *bad, "barsieve-1.dist-info/RECORD"]) == bad


@pytest.mark.slow
def test_an_installed_wheel_works_in_an_empty_folder(site: Path, tmp_path: Path) -> None:
    found = succeed("-c", "import engine; print(engine.__file__)", path=site, cwd=tmp_path)
    assert Path(found.strip()).is_relative_to(site)
    said = succeed("-m", "barsieve", "demo", path=site, cwd=tmp_path)
    assert "Identical: trades, account and equity are the same bytes" in said
    succeed("-m", "barsieve", "init", "x", path=site, cwd=tmp_path)
    assert (tmp_path / "x/configs/v18/ETH_comprehensive.json").is_file()
    options = ("--asset", "DEMO", "--config", "ETH_comprehensive", "--start", "2025-07-01")
    said = succeed("-m", "barsieve", "replay", *options, path=site, cwd=tmp_path)
    assert said.splitlines()[-1].startswith("Total: ")
    script = f"import sys; sys.path.insert(0, {str(site)!r}); from barsieve import main; main()"
    assert "Usage: barsieve" in succeed("-c", script, "--help", path=site, cwd=tmp_path)


# --- imports -------------------------------------------------------------------------------------


def test_every_public_name_is_there() -> None:
    for name in barsieve.__all__:
        assert getattr(barsieve, name) is not None
    assert {"Settings", "load_settings", "read_bars", "run_experiment"} <= set(barsieve.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        barsieve.nonsense  # noqa: B018


def test_the_public_names_run_a_replay() -> None:
    settings = barsieve.load_settings("ETH_comprehensive", "DEMO")
    bars = barsieve.demo_bars(2_000)
    outcome = barsieve.run_experiment(settings, bars, None, None, "focused")
    assert outcome.result.metrics.trades > 0


@pytest.mark.parametrize("name", ["engine.py", "engine/__init__.py"])
def test_a_users_own_engine_is_named(name: str, tmp_path: Path) -> None:
    own = tmp_path / name
    own.parent.mkdir(exist_ok=True)
    own.write_text("answer = 42\n", encoding="utf-8")
    done = python("-c", "import barsieve", cwd=tmp_path)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: barsieve needs its own package `engine`")
    assert str(own) in last
    assert "rename that" in last


def loaded(code: str, cwd: Path) -> set[str]:
    """The heavy packages that `code` leaves imported in a fresh interpreter."""
    tail = f"\nimport sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    return set(eval(succeed("-c", code + tail, cwd=cwd).splitlines()[-1]))


HELP = """
from engine.cli import cli
try:
    cli.main(["--help"], prog_name="barsieve")
except SystemExit:
    pass
"""
REPLAY = """
from engine.cli import cli
market = ["--asset", "DEMO", "--config", "ETH_comprehensive", "--start", "2025-07-01"]
cli.main(["replay", *market, "--replay", "focused"], standalone_mode=False)
"""


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    assert loaded("import barsieve" + HELP, tmp_path) == set()
    assert loaded("import barsieve; barsieve.Settings", tmp_path) >= {"numpy", "pydantic"}


def test_a_focused_replay_does_not_import_pandas(tmp_path: Path) -> None:
    assert loaded(REPLAY, tmp_path) == set(HEAVY) - {"pandas"}
