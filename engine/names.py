"""Names that people give and that may become part of the name of a file.

One rule for markets, macro series, plug-ins and symbols: what passes is a file name on every
system, never a path, and no two that pass are one file.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 60  # bytes of UTF-8: with what is put around it, below the 255 that a file name may have
# Windows takes them for devices, with any extension, in any case.
PORTS = (f"{port}{k}" for port in ("COM", "LPT") for k in range(10))
DEVICES = frozenset(("CON", "PRN", "AUX", "NUL", *PORTS))
RULE = f"letters, digits, - and _, at most {LONGEST}"


def wrong_name(name: str, example: str = "ETH") -> str:
    """Why a name cannot be part of a file name, and the nearest one that can; "" where it can."""
    if not name:
        return f"is empty; expected {RULE}, as in {example}"
    if _is_device(name):
        return f"is a device on Windows; expected another name, as in {name}_1"
    if all(map(_fits, name)) and len(name.encode()) <= LONGEST and _is_composed(name):
        return ""
    near = nearest(name)
    hint = f"; did you mean {near}?" if near else ""
    return f"expected {RULE}, as in {example}{hint}"


def same_file(names: Iterable[str]) -> tuple[str, str] | None:
    """The first two names that would be one file where upper and lower case are the same."""
    known: dict[str, str] = {}
    for name in names:
        if known.setdefault(name.casefold(), name) != name:
            return known[name.casefold()], name
    return None


def _fits(letter: str) -> bool:
    return letter.isalnum() or letter in "-_"


def _is_composed(name: str) -> bool:
    """Some systems store an accent beside its letter: the same text would be two names."""
    return unicodedata.is_normalized("NFC", name)


def nearest(name: str) -> str:
    """The nearest name that fits, or "": without slashes, as ETHUSDT for ETH/USDT; other letters
    become a dash.
    """
    composed = unicodedata.normalize("NFC", name).replace("/", "")
    kept = "".join(letter if _fits(letter) else "-" for letter in composed)
    near = re.sub(r"-+", "-", kept).strip("-")
    while len(near.encode()) > LONGEST:
        near = near[:-1]
    return "" if _is_device(near) else near


def _is_device(name: str) -> bool:
    return name.upper() in DEVICES
