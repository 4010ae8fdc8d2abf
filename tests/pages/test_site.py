"""The pages make a site: strictly, and without anything from elsewhere."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from page import DOCS, ROOT

LOADED = re.compile(r"<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=\"(?:https?:)?//[^\"]*\"")


def build(target: Path) -> subprocess.CompletedProcess[str]:
    for package in ("mkdocs", "material"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package} to build the site: pip install -e . --group dev")
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = build(tmp_path)
    assert done.returncode == 0, done.stderr
    pages = sorted(tmp_path.rglob("*.html"))
    for source in DOCS.rglob("*.md"):
        name = source.relative_to(DOCS).as_posix().replace("README.md", "index.md")
        assert tmp_path / Path(name).with_suffix(".html") in pages
    for page in pages:
        assert LOADED.findall(page.read_text(encoding="utf-8")) == [], page


def test_what_would_be_loaded() -> None:
    for bad in (
        '<script src="https://unpkg.com/x">', '<link rel="stylesheet" href="//fonts.example/x">',
    ):  # fmt: skip
        assert LOADED.findall(bad)
    for fine in ('<a href="https://example.org">', '<script src="assets/x.js">'):
        assert not LOADED.findall(fine)
