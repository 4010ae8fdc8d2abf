"""The manifest beside a candidate file, and the rule of what a file covers.

A file stays valid for other settings when every difference is covered: data, column code and
screen-scope values equal; replay-scope values free where they cannot loosen, else equal, tighter or
inside the box.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.errors import CandidateFileError
from engine.kernel import source_hash
from engine.prescreen.box import Box
from engine.prescreen.settings import ScreenSettings
from engine.settings import Parameter, parameters

FORMAT = 1


class Manifest(BaseModel):
    """What a candidate file was made from. `rows`: the hashed rows of the data, 0 … rows − 1."""

    format: int
    policy: str
    asset: str
    source: str
    data: str
    rows: int
    context: str
    first_bar: int
    stop_bar: int
    start: str
    end: str
    warmup: int
    code: str
    settings: str
    screen_values: dict[str, Any]
    box: dict[str, tuple[float, float]]
    candidates: int
    long: int
    short: int
    both: int
    density: float
    coverage: float
    sentinels: dict[str, int]
    score_range: tuple[float, float] | None
    sha256: str  # of the candidate file
    seal: str = ""  # of everything above


def seal_of(manifest: Manifest) -> str:
    """sha256 over the rest of the manifest, so that an edited one vouches for nothing."""
    return hashlib.sha256(manifest.model_dump_json(exclude={"seal"}).encode()).hexdigest()


def column_code(settings: ScreenSettings) -> str:
    """Fingerprint of everything that turns bars into candidates, plug-ins included."""
    ours = source_hash("bars", "features", "fusion", "prescreen")
    return ours if not settings.plugged.source else f"{ours}+{settings.plugged.source}"


def settings_hash(settings: BaseModel) -> str:
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()


def box_of(settings: ScreenSettings, box: Box) -> dict[str, tuple[float, float]]:
    """An interval for every parameter that can loosen: its box, or the point."""
    return {
        each.key: box.get(each.key, (each.value, each.value))
        for each in parameters(settings)
        if each.scope == "replay" and each.loosens != "none" and each.value is not None
    }


def screen_values(settings: ScreenSettings) -> dict[str, Any]:
    """Values that must be equal for a file to be valid; of what can loosen, whether it is given."""
    dumped = settings.model_dump(mode="json")
    for series in dumped["macro"]["series"].values():
        del series["path"]  # where the values lie; they are compared by their fingerprint
    values = {}
    for each in parameters(settings):
        if each.scope == "screen":
            values[each.key] = _lookup(dumped, each.key)
        elif each.scope == "replay" and each.loosens != "none":
            values[each.key] = "left out" if each.value is None else "given"
    return values


def _lookup(tree: Mapping[str, Any], key: str) -> Any:
    node: Any = tree
    for part in key.split("."):
        node = node[part]
    return node


def refuse_uncovered(
    manifest: Manifest, bars: Bars, settings: ScreenSettings, span: tuple[int, int], name: str
) -> None:
    """Raise CandidateFileError, naming the key, both values and the command that screens for it."""
    _refuse_other_market(manifest, bars, settings, name)
    _refuse_other_range(manifest, bars, span, name)
    _refuse_other_values(manifest, settings, name)
    for each in parameters(settings):
        if each.key in manifest.box:
            _refuse_looser(each, *manifest.box[each.key], name)


def _refuse_other_market(
    manifest: Manifest, bars: Bars, settings: ScreenSettings, name: str
) -> None:
    again = "run `barsieve screen` again"
    ours = column_code(settings)
    if manifest.format != FORMAT or manifest.code.partition("+")[0] != ours.partition("+")[0]:
        raise CandidateFileError(f"{name}: was screened by another version of barsieve; {again}")
    if manifest.code != ours:
        raise CandidateFileError(
            f"{name}: was screened with other plug-ins, or before their files were edited; {again}"
        )
    if manifest.asset != settings.asset:
        raise CandidateFileError(
            f"{name}: holds candidates of {manifest.asset}, not of {settings.asset}; "
            f"pass --asset {manifest.asset}, or {again} for {settings.asset}"
        )
    if not 0 < manifest.rows <= bars.size or manifest.data != bars.fingerprint(manifest.rows):
        raise CandidateFileError(
            f"{name}: was screened on other bars ({manifest.source}, {manifest.rows:,} rows) than "
            f"{bars.source}; {again} on this data"
        )


def _refuse_other_values(manifest: Manifest, settings: ScreenSettings, name: str) -> None:
    screened, now = manifest.screen_values, screen_values(settings)
    # The keys of both: a gate that is left out has no keys of its own, yet everything opens.
    for key in screened | now:
        if screened.get(key) != now.get(key):
            raise CandidateFileError(
                f"{name}: {key} was {screened.get(key)!r} when it was screened and is "
                f"{now.get(key)!r} now; run `barsieve screen` with this configuration"
            )


def _refuse_other_range(manifest: Manifest, bars: Bars, span: tuple[int, int], name: str) -> None:
    first, stop = span
    if first < manifest.first_bar or stop > min(manifest.stop_bar, manifest.rows):
        raise CandidateFileError(
            f"{name}: covers {manifest.start} … {manifest.end}, the replay asks for "
            f"{iso(int(bars.open_time[first]))} … {iso(int(bars.open_time[stop - 1]))}; "
            "screen the longer range, or pass --start and --end inside it"
        )


def _refuse_looser(parameter: Parameter, low: float, high: float, name: str) -> None:
    """Tighter than the box is covered, looser is not; what can loosen either way must lie in it."""
    value, loosens = parameter.value, parameter.loosens
    below, above = value < low, value > high
    if (below and loosens != "up") or (above and loosens != "down"):
        wanted = f"{parameter.key}={min(low, value)}:{max(high, value)}"
        raise CandidateFileError(
            f"{name}: {parameter.key} = {value} is looser than the screened {low}:{high}; screen "
            f"it with `barsieve screen --box {wanted}`"
        )
