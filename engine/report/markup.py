"""Pieces of HTML; every text that goes in is escaped here."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

MOST_ROWS = 30  # a longer table scrolls below its head


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], caption: str, words: int = 1) -> str:
    """A table that the page lets people sort: the first `words` columns are text (the very first
    may be (number, text)), the others numbers, as (number, text) or (number, text, class).
    """
    kind = "scroll long" if len(rows) > MOST_ROWS else "scroll"
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    body = "".join(f"<tr>{_cells(row, words)}</tr>" for row in rows)
    return (
        f'<div class="{kind}" tabindex="0"><table class="sortable">'
        f"<caption><span>{escape(caption)}</span></caption>"
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence[Any], words: int) -> str:
    texts = [_heading(*row[0]) if isinstance(row[0], tuple) else _heading(None, row[0])]
    texts += [f"<td>{escape(str(cell))}</td>" for cell in row[1:words]]
    texts += [_number(*cell) for cell in row[words:]]
    return "".join(texts)


def _heading(value: float | None, text: str) -> str:
    known = "" if value is None else f' data-value="{value!r}"'
    return f'<th scope="row"{known}>{escape(text)}</th>'


def _number(value: float | None, text: str, tone: str = "") -> str:
    known = "" if value is None else repr(value)
    return f'<td class="number {tone}" data-value="{known}">{escape(text)}</td>'


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values."""
    items = "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(v)}</dd></div>" for n, v in rows)
    return f'<dl class="pairs">{items}</dl>'


def defined(rows: Iterable[tuple[str, str, str]]) -> str:
    """Names, values, and what they mean."""
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd><strong>{escape(value)}</strong>"
        f"<span>{escape(meaning)}</span></dd></div>"
        for name, value, meaning in rows
    )
    return f'<dl class="defined">{items}</dl>'


def bullets(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def paragraphs(lines: Iterable[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def embedded(name: str, content: Any) -> str:
    """JSON that a script of the page reads by its name."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="{escape(name)}">{text}</script>'
