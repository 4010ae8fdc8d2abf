"""Every command and every block of Python of the pages is run, and prints what the page says."""

from pathlib import Path

import pytest
from page import DOCS, ROOT, blocks, checkout, does, perform, text_of

# Pages whose blocks need files that only their own test has.
ELSEWHERE = {
    "data.md": "tests/data_in/test_data_docs.py",
    "own-strategy.md": "tests/plugins/test_own_strategy_page.py",
    "python.md": "tests/api/test_api_imports.py",
}
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
DONE_HERE = [
    page for page in PAGES if page not in ELSEWHERE and any(map(does, blocks(text_of(page))))
]


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    checkout(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", DONE_HERE)
def test_a_page_does_what_it_says(page: str, scratch: Path) -> None:
    perform(text_of(page), scratch)


def test_the_pages_that_are_done() -> None:
    assert {"getting-started.md", "concepts.md", "screening.md", "proof.md"} <= set(DONE_HERE)
    for page, test in ELSEWHERE.items():
        assert any(map(does, blocks(text_of(page))))
        assert f'"{page}"' in (ROOT / test).read_text(encoding="utf-8")


PAGE = """
`own.json`:

```json
{"asset": "DEMO"}
```

```console
barsieve explain-config own.json
```
```text
own.json: valid; … keys differ from the defaults
asset = "DEMO" …
```

```python
print("one")
print("two")
```
```text
two
```
"""


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("valid; …", "valid, …", "valid, "),
        ("text\ntwo", "text\nthree", "'three'"),
        ("text\ntwo", "text\ntwo\none", "'one'"),  # it was printed before
        ("explain-config own", "explain-config your", "ended with 2, expected 0"),
        ("```console", "<!-- exits 3 -->\n\n```console", "ended with 0, expected 3"),
    ],
)
def test_a_wrong_page_is_noticed(right: str, wrong: str, says: str, scratch: Path) -> None:
    perform(PAGE, scratch)
    assert PAGE.count(right) == 1
    with pytest.raises(AssertionError, match="(?s).*" + says):
        perform(PAGE.replace(right, wrong), scratch)
