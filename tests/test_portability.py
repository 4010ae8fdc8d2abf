"""What would work on the machine it was written on, and not on another."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("engine", "barsieve", "bin", "benchmarks", "tests")
Rule = Callable[[ast.AST], bool]


def sources() -> list[Path]:
    """The tracked Python files; all of them where there is no git."""
    git = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py")
    done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if done.returncode == 0 and done.stdout:
        return [path for name in done.stdout.splitlines() if (path := ROOT / name).is_file()]
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def called(node: ast.AST) -> str:
    """`os.rename` for the call os.rename(…), else an empty text."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def has(node: ast.AST, keyword: str, value: object = ...) -> bool:
    found = [each for each in getattr(node, "keywords", []) if each.arg == keyword]
    if value is ...:
        return bool(found)
    return any(isinstance(e.value, ast.Constant) and e.value.value == value for e in found)


def opens_without_encoding(node: ast.AST) -> bool:
    method = called(node).rpartition(".")[2]
    if method in {"read_text", "write_text"}:
        # The tests' own checkers read texts with other meanings of the name.
        return not has(node, "encoding") and "Path" not in called(node)
    if called(node) != "open" and method != "open":
        return False
    modes = [ast.unparse(each) for each in [*node.args, *(k.value for k in node.keywords)]]
    return not has(node, "encoding") and not any(
        re.fullmatch("'[rwax+]*b[rwax+]*'", m) for m in modes
    )


def decodes_output_by_locale(node: ast.AST) -> bool:
    return has(node, "text", True) and not has(node, "encoding")


def forks(node: ast.AST) -> bool:
    is_fork = isinstance(node, ast.Constant) and node.value in {"fork", "forkserver"}
    return called(node) == "os.fork" or is_fork


def renames(node: ast.AST) -> bool:
    """On Windows both refuse a target that exists; `replace` does not."""
    return called(node) == "os.rename" or called(node).endswith(".rename")


def links(node: ast.AST) -> bool:
    return called(node) == "os.symlink" or called(node).endswith(".symlink_to")


def takes_any_keyword(node: ast.AST) -> bool:
    return isinstance(node, ast.arguments) and node.kwarg is not None


def reorders_sums(node: ast.AST) -> bool:
    return has(node, "fastmath") or has(node, "parallel", True)


def names_a_place(node: ast.AST) -> bool:
    """A text that begins with a folder of one machine; NOWHERE to be written in a source."""
    starts = (r"/tmp\b", r"/home/", r"/Users/", r"/work/", r"/root\b", r"[A-Za-z]:\\")
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and re.match("|".join(starts), text) is not None


def names_a_file_with_a_colon(node: ast.AST) -> bool:
    text = node.value if isinstance(node, ast.Constant) else None
    return (
        isinstance(text, str) and re.fullmatch(r"[\w.-]*:[\w.:-]*\.[a-z]\w{1,7}", text) is not None
    )


# Each rule, and a line that breaks it.
RULES: dict[Rule, tuple[str, ...]] = {
    opens_without_encoding: (
        "open('x')", "path.open('w')", "path.read_text()", "path.write_text('x')",
    ),
    decodes_output_by_locale: ("subprocess.run([], text=True)",),
    forks: ("os.fork()", "multiprocessing.get_context('fork')"),
    renames: ("os.rename(a, b)", "path.rename(b)"),
    links: ("os.symlink(a, b)", "a.symlink_to(b)"),
    takes_any_keyword: ("def f(**kwargs): ...", "g = lambda **more: more"),
    reorders_sums: ("njit(fastmath=True)", "njit(parallel=True)"),
    names_a_place: ("x = '/tmp/x'", "x = f'/home/{name}'", "x = 'C:\\\\x'"),
    names_a_file_with_a_colon: ("x = '12:30.json'", "x = 'a:b.parquet'"),
}  # fmt: skip
FINE = (
    "open('x', encoding='utf-8')", "open('x', 'rb')", "path.open(mode='wb')",
    "path.read_text(encoding='utf-8')", "os.replace(a, b)", "path.replace(b)", "x = 'tmp/x'",
    "subprocess.run([], text=True, encoding='utf-8')", "def f(*args): ...", "f(**options)",
    "njit(parallel=False)", "x = 'a: b'", "x = '12:30'",
)  # fmt: skip
PRODUCT_ONLY = {takes_any_keyword}
# This file spells the rules out, hence breaks them.
EXEMPT = {Path(__file__).resolve()}


def offences(text: str, rule: Rule) -> Iterator[int]:
    """The lines at which a source breaks a rule; 0 where a node has no line by itself."""
    for node in ast.walk(ast.parse(text)):
        if rule(node):
            yield getattr(node, "lineno", 0)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_source_breaks_a_rule(rule: Rule) -> None:
    paths = [path for path in sources() if path.resolve() not in EXEMPT]
    if rule in PRODUCT_ONLY:
        paths = [path for path in paths if not path.is_relative_to(ROOT / "tests")]
    assert len(paths) > 50
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}"
        for path in paths
        for line in offences(path.read_text(encoding="utf-8"), rule)
    ]
    assert found == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_bites(rule: Rule) -> None:
    for line in RULES[rule]:
        assert list(offences(line, rule)), line
    for line in FINE:
        assert not list(offences(line, rule)), line


def test_no_tracked_name_has_a_colon_or_differs_only_in_case() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in sources()]
    assert [name for name in names if re.search(r'[:*?"<>|\\]', name)] == []
    assert len({name.lower() for name in names}) == len(names)
