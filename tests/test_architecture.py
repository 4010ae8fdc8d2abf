"""The house rules as tests: sizes, names, kernels, and a specification of every catalogue name."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numba
import pytest

from engine import kernel
from engine.features.catalogue import FAMILIES, FEATURES
from engine.fusion.catalogue import DOMAINS
from engine.prescreen.gates import GATES
from engine.prescreen.sentinels import SENTINELS
from engine.replay.records import REASON_NAMES, STEP_CODES

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "engine"
SPECIFICATION = ROOT / "docs" / "specification.md"
MOST_LINES, MOST_FUNCTION_LINES = 299, 39
VAGUE = re.compile(r"(^|_)(utils?|manager|handlers?|helpers?|misc|common)(_|$)")


def texts() -> dict[str, str]:
    paths = sorted(ENGINE.rglob("*.py"))
    return {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in paths}


# --- sizes and names -----------------------------------------------------------------------------


def long_files(sources: dict[str, str]) -> list[str]:
    counts = {name: text.count("\n") for name, text in sources.items()}
    return [f"{name}: {count} lines" for name, count in counts.items() if count > MOST_LINES]


def long_functions(sources: dict[str, str]) -> Iterator[str]:
    for name, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or 0) - node.lineno + 1 - told_lines(node)
                if count > MOST_FUNCTION_LINES:
                    yield f"{name}:{node.lineno} {node.name}: {count} lines"


def told_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the docstring, which may be as long as what it has to tell."""
    first = node.body[0]
    told = ast.get_docstring(node) is not None
    return (first.end_lineno or 0) - first.lineno + 1 if told else 0


def vague_names(names: Iterable[str]) -> list[str]:
    return [name for name in names if VAGUE.search(Path(name).stem)]


def importers(package: str, sources: dict[str, str]) -> list[str]:
    found = []
    for name, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(each.split(".")[0] == package for each in names):
                found.append(name)
    return sorted(set(found))


def test_files_and_functions_are_short() -> None:
    assert len(texts()) > 40
    assert long_files(texts()) == []
    assert list(long_functions(texts())) == []


def test_what_is_too_long() -> None:
    body = "def f():\n" + "    x = 1\n"
    assert long_files({"a.py": "\n" * 299, "b.py": "\n" * 300}) == ["b.py: 300 lines"]
    assert not list(long_functions({"a.py": body + "    x = 1\n" * 37}))
    long = list(long_functions({"a.py": body + "    x = 1\n" * 38}))
    assert long == ["a.py:1 f: 40 lines"]


def test_no_file_has_a_vague_name() -> None:
    assert vague_names(texts()) == []
    bad = ["engine/utils.py", "engine/run_manager.py", "engine/error_handler.py", "x/helpers.py"]
    assert vague_names([*bad, "engine/results/recall.py", "engine/replay/manage.py"]) == bad


def test_only_the_kernel_file_knows_numba() -> None:
    assert importers("numba", texts()) == ["engine/kernel.py"]
    assert importers("llvmlite", texts()) == ["engine/kernel.py"]
    bad = {"a.py": "from numba import njit\n", "b.py": "import numba.types\n", "c.py": "numba = 1"}
    assert importers("numba", bad) == ["a.py", "b.py"]


# --- the listing of the README -------------------------------------------------------------------


def folders_of(lines: Iterable[str]) -> list[str]:
    """The folders that imports of pyproject.toml put above each other, the lowest first."""
    names = [re.findall(r"engine\.(\w+)", line) for line in lines]
    return [name for line in reversed(names) for name in line if (ENGINE / name).is_dir()]


def listed(readme: str) -> list[str]:
    return re.findall(r"^    (\S+)  +\S.*$", readme, re.MULTILINE)


def test_the_readme_lists_every_folder_in_the_order_of_the_data() -> None:
    paths = listed((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [path for path in paths if not (ROOT / path).exists()] == []
    folders = [path.split("/")[1] for path in paths if re.fullmatch(r"engine/\w+/", path)]
    found = sorted(path.parent.name for path in ENGINE.glob("*/__init__.py"))
    assert sorted(folders) == found
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    order = folders_of(contract["tool"]["importlinter"]["contracts"][0]["layers"])
    assert [name for name in folders if name != "workers"] == [
        name for name in order if name != "workers"
    ]  # everybody's servant is named last


# --- the compile cache ---------------------------------------------------------------------------


def test_decorating_leaves_numbas_own_cache_folder_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def njit(**options: object) -> object:  # what the decorator calls
        seen.append((numba.config.CACHE_DIR, options))
        return lambda function: function

    before = numba.config.CACHE_DIR
    monkeypatch.setattr(kernel.numba, "njit", njit)
    kernel.kernel(lambda x: x)
    ((during, options),) = seen
    assert during == str(kernel.cache_folder() or "")
    assert during != before
    assert before == numba.config.CACHE_DIR
    assert not {"fastmath", "parallel"} & set(options)


def test_a_failing_decoration_restores_the_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def njit(**_: object) -> object:
        raise RuntimeError

    before = numba.config.CACHE_DIR
    monkeypatch.setattr(kernel.numba, "njit", njit)
    with pytest.raises(RuntimeError):
        kernel.kernel(lambda x: x)
    assert before == numba.config.CACHE_DIR


def python(code: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8",
        check=False, cwd=cwd, env=os.environ | variables,
    )  # fmt: skip


COMPILE = """
from engine.prescreen.sentinels import crossed
print(crossed(1.0, 3.0, 2.0))
"""


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_costs_one_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = python(COMPILE, tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "file" / "below"))
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
    assert done.stderr.count("compiled code is not kept") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
def test_an_empty_variable_puts_no_cache_into_the_current_folder(tmp_path: Path) -> None:
    places = "from engine.kernel import _cache_root; print(_cache_root().is_absolute())"
    done = python(places, tmp_path, NUMBA_CACHE_DIR="", XDG_CACHE_HOME="", LOCALAPPDATA="")
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.fixture
def copied_engine(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ENGINE, tmp_path / "copy" / "engine", ignore=ignored))


@pytest.mark.slow
def test_editing_a_source_changes_the_cache_folder(copied_engine: Path, tmp_path: Path) -> None:
    folder = "from engine.kernel import cache_folder; print(cache_folder())"

    def now() -> str:
        path, cache = str(copied_engine.parent), str(tmp_path / "c")
        done = python(folder, tmp_path, PYTHONPATH=path, NUMBA_CACHE_DIR=cache)
        assert done.returncode == 0, done.stderr
        return done.stdout

    source = copied_engine / "replay" / "fill.py"
    text = source.read_bytes()
    before = now()
    assert now() == before
    source.write_bytes(text + b"# edited\n")
    edited = now()
    assert edited != before
    # Line ends are a property of the checkout, not of the code.
    source.write_bytes(text.replace(b"\n", b"\r\n"))
    assert now() == before
    source.replace(source.with_name("filled.py"))
    assert now() not in {before, edited}


# --- the specification ---------------------------------------------------------------------------


def catalogue_names() -> list[str]:
    records = [*FEATURES, *SENTINELS, *GATES, *DOMAINS]
    names = [each if isinstance(each, str) else each.name for each in records]
    forms = [each.form for each in FAMILIES]
    return [*names, *forms, *REASON_NAMES[1:], *STEP_CODES.values()]


def unspecified(names: Iterable[str], specification: str) -> list[str]:
    """Names that no heading of the specification holds as a word."""
    headings = [line for line in specification.splitlines() if line.startswith("#")]
    words = set(re.findall(r"[\w@]+", " ".join(headings)))
    return [name for name in names if name not in words]


def test_every_catalogue_name_has_a_section_of_the_specification() -> None:
    names = catalogue_names()
    assert len(names) > 40
    assert unspecified(names, SPECIFICATION.read_text(encoding="utf-8")) == []


def test_a_name_without_a_heading_is_found() -> None:
    text = "# Words\n\nsma_20 in prose\n\n### rsi_wilder_14, adx\n"
    assert unspecified(["sma_20", "rsi_wilder_14", "adx", "rsi"], text) == ["sma_20", "rsi"]
