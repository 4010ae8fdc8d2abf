"""A seal has no key: whoever edits a candidate file can seal it again, and must not break a run."""

import hashlib
import json
from pathlib import Path

import pytest

from engine.bars.demo import demo_bars
from engine.errors import BarsieveError, CandidateFileError
from engine.experiment import run_experiment, screen_market
from engine.prescreen.candidates import manifest_path, read_candidates, write_candidates
from engine.prescreen.manifest import Manifest, seal_of
from engine.replay.settings import Settings
from engine.settings import override, validate

BARS = demo_bars(2_500)
SETTINGS = validate(Settings, override({}, {"asset": "DEMO"}), "test")
DATES = ("2023-03-01", "2023-03-31")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "candidates.jsonl"
    write_candidates(path, screen_market(SETTINGS, BARS, *DATES))
    return path


def resealed(path: Path, lines: list[bytes], **changes: object) -> None:
    """The file with these lines, and a manifest that vouches for them."""
    content = b"".join(lines)
    path.write_bytes(content)
    beside = manifest_path(path)
    manifest = Manifest.model_validate_json(beside.read_text(encoding="utf-8"))
    own = {"candidates": len(lines), "sha256": hashlib.sha256(content).hexdigest(), **changes}
    changed = manifest.model_copy(update=own)
    sealed = changed.model_copy(update={"seal": seal_of(changed)})
    beside.write_text(sealed.model_dump_json(), encoding="utf-8")


def refusal(path: Path) -> str:
    with pytest.raises(CandidateFileError) as error:
        run_experiment(SETTINGS, BARS, *DATES, "focused", path)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def with_bar(line: bytes, bar: object) -> bytes:
    return json.dumps({**json.loads(line), "bar": bar}).encode() + b"\n"


def test_what_a_screen_wrote_is_read(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    resealed(file, lines)
    assert len(lines) > 10
    outcome = run_experiment(SETTINGS, BARS, *DATES, "focused", file)
    assert outcome.candidates.bar.size == len(lines)


@pytest.mark.parametrize(
    "line",
    [
        b"no json\n", b"{}\n", b"[]\n", b"3\n", b"null\n", b"\n", b'{"bar": "7"}\n',
        b'{"bar": 1.5}\n',
        b'{"bar": true}\n', b'{"bar": null}\n', b"\xff\xfe\n", b"[" * 100_000 + b"\n",
        b'{"bar": 1' + b"0" * 5_000 + b"}\n",
    ],
    ids=lambda line: repr(line[:20]),
)  # fmt: skip
def test_lines_that_are_no_candidates(line: bytes, file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    resealed(file, [*lines[:3], line, *lines[3:]])
    said = refusal(file)
    assert "line 4 is no candidate" in said or "not UTF-8" in said
    assert "run `barsieve screen` again" in said


@pytest.mark.parametrize("bar", [-1, 0, 2_499, 10**9, 10**25])
def test_bars_outside_of_what_was_screened(bar: int, file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    resealed(file, [*lines[:-1], with_bar(lines[-1], bar)])
    assert f"line {len(lines)} names bar {bar:,}, outside" in refusal(file)


def test_bars_out_of_order_or_twice(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    resealed(file, [lines[1], lines[0], *lines[2:]])
    assert "line 2 names bar " in refusal(file)
    resealed(file, [lines[0], lines[0], *lines[1:]])
    assert " behind bar " in refusal(file)


def test_another_number_of_lines_than_the_manifest_says(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    resealed(file, lines, candidates=len(lines) + 1)
    assert f"holds {len(lines)} candidates, its manifest says {len(lines) + 1}" in refusal(file)


EXTREMES: dict[type, tuple[object, ...]] = {
    int: (-1, 0, 10**12, 2**80), str: ("", "x", "../x"), float: (-1.0, 1e300),
    dict: ({}, {"x": (0.0, 1.0)}), tuple: ((0.0, -1.0),), type(None): (None,),
}  # fmt: skip


@pytest.mark.parametrize("field", [name for name in Manifest.model_fields if name != "seal"])
def test_no_value_of_a_manifest_is_a_traceback(field: str, file: Path) -> None:
    """It is refused in one line, or it is a value that nothing reads."""
    lines = file.read_bytes().splitlines(keepends=True)
    manifest = Manifest.model_validate_json(manifest_path(file).read_text(encoding="utf-8"))
    for value in EXTREMES[type(getattr(manifest, field))]:
        resealed(file, lines, **{field: value})
        try:
            found = read_candidates(file, BARS, SETTINGS, (1_500, 1_600))
        except BarsieveError as error:
            assert len(str(error).splitlines()) == 1
        else:
            assert found.bar.tolist() == sorted(set(found.bar.tolist()))
