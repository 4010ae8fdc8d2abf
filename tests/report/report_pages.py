"""Reading a page back: its data unpacked as the browser does it, its tags, its words."""

import base64
import json
import re
import zlib
from html.parser import HTMLParser
from typing import Any

import numpy as np

TYPES = {"float64": "<f8", "float32": "<f4", "int32": "<i4", "uint8": "u1", "int8": "i1"}


def embedded(page: str, name: str) -> Any:
    """The JSON that a page carries under a name."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page)
    assert found is not None, name
    return json.loads(found[1])


def unpacked(packed: dict[str, Any]) -> Any:
    """The array that engine/report/page/shared.js makes of a packed one."""
    planes = zlib.decompress(base64.b64decode(packed["data"]))
    kind = np.dtype(TYPES[packed["type"]])
    table = np.frombuffer(planes, np.uint8).reshape(kind.itemsize, -1)
    values = np.ascontiguousarray(table.T).view(kind).ravel()
    if "first" in packed and "scale" not in packed:
        return np.cumsum(np.concatenate(([float(packed["first"])], values)))[1:]
    return values.astype(np.float64) if packed["type"] == "float32" else values


def unpacked_prices(packed: dict[str, Any]) -> dict[str, list[float]]:
    """Open, high, low and close."""
    names = ("open", "high", "low", "close")
    steps = {name: unpacked(packed[name]).tolist() for name in names}
    if "scale" not in packed["open"]:
        return steps
    scale, before = packed["open"]["scale"], float(packed["open"]["first"])
    found: dict[str, list[float]] = {name: [] for name in names}
    for up, high, low, close in zip(*(steps[name] for name in names), strict=True):
        start = before + up
        before = start + close
        for name, ticks in zip(names, (start, start + high, start + low, before), strict=True):
            found[name].append(ticks / scale)
    return found


class Tags(HTMLParser):
    """Every opening tag with its attributes, the text, and whether all that opens is closed."""

    EMPTY = frozenset({"meta", "link", "input", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))
