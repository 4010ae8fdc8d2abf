"""Every link between the pages, the README and the files beside them leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from page import DOCS, ROOT

PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """What headings are called in links, as GitHub makes it."""
    headings = re.findall(r"^#+ +(.+)$", re.sub(r"(?ms)^```.*?^```$", "", text), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", each.lower()) for each in headings]
    return {each.replace(" ", "-") for each in plain}


def broken(page: Path, text: str) -> Iterator[str]:
    """The links of a page that lead nowhere."""
    for target, anchor in LINK.findall(CODE.sub("", text)):
        place = (page.parent / target).resolve() if target else page
        if not place.is_file():
            yield target
        elif anchor and anchor not in anchors(read(place)):
            yield f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken(page, read(page))) == []


def test_there_are_links() -> None:
    readme = read(ROOT / "README.md")
    assert len(LINK.findall(readme)) >= 12
    assert "what-is-assumed-about-fills" in anchors(read(DOCS / "concepts.md"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](none.md)", ["none.md"]),
        ("[a](concepts.md#parity)", []),
        ("[a](concepts.md#nothing)", ["concepts.md#nothing"]),
        ("[a](#nothing)", ["#nothing"]),
        ("[a](examples/)", ["examples/"]),  # a folder is no page of a site
        ("[a](https://example.org/none)", []),
        ("`[a](none.md)`", []),
        ("```text\n[a](none.md)\n```", []),
    ],
)
def test_what_is_broken(text: str, expected: list[str]) -> None:
    assert list(broken(DOCS / "index.md", text)) == expected


def test_every_page_is_on_both_indexes() -> None:
    names = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"index.md"}
    for index, folder in ((DOCS / "index.md", DOCS), (ROOT / "README.md", ROOT)):
        linked = {(folder / target).resolve() for target, _ in LINK.findall(read(index))}
        assert [name for name in sorted(names) if (DOCS / name).resolve() not in linked] == []
