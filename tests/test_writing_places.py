"""Nothing is written outside its folder: each place that writes says whose name it writes under."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from writing_places import writing_places

from engine.bars.demo import demo_bars
from engine.bars.writer import write_bars

ROOT = Path(__file__).resolve().parents[1]

TEMPORARY = "a folder of its own below the system's for temporary files"
BELOW_TEMPORARY = "names of ours and numbers, in such a folder"
CACHE = "the cache folder of the program; the name is a hash, or ours"
TYPED = "the path that was typed for it, or its default"
OURS_BELOW = "names of ours below the folder that was typed"
PLACES = {
    "files.write_atomically": "the path that it is handed: its callers are in this list",
    "writer.write_columns": "--output, or data/ with a symbol and a timeframe that were checked",
    "download.fetch_all": "saves by way of write_columns",
    "one_line.leave_unread": "nowhere",
    "start.install": "a mark of ours in the environment that it makes",
    "growing.add": "saves by way of write_columns",
    "containers._from_zip": "opens an archive to read it",
    "parquet.parquet_bytes": "into memory",
    "export.export": TYPED,
    "report._write": TYPED,
    "recheck.write_certificate": TYPED,
    "candidates.write_candidates": "--output, of several markets with the asset, which was checked",
    "run_directory.write_folder": "names of ours, with assets and timeframes that were checked",
    "run_directory._put_in_place": "the same folder",
    "workspace.make_workspace": "names of ours and of the shipped presets, below the folder typed",
    "exports.write_results": OURS_BELOW,
    "exports.write_tables": OURS_BELOW,
    "exports.write_metadata": OURS_BELOW,
    "store.open_store": OURS_BELOW,
    "store.append_rows": OURS_BELOW,
    "store.cut_torn_block": OURS_BELOW,
    "store.append_failed": OURS_BELOW,
    "locks.in_use": OURS_BELOW,
    "locks._say": "the file that in_use has opened",
    "ledger.read_ledger": TYPED,
    "ledger._append": TYPED,
    "whatif.whatif": TYPED,
    "one_writer.one_writer": "beside the file that its caller writes",
    "store.read_failed": OURS_BELOW,
    "kernel.cache_folder": CACHE,
    "frame_step._compiled": CACHE,
    "score_file.write": "a hash, in the cache folder or in the folder of a sweep",
    "rechecks.remember": CACHE,
    "first_use._remember": CACHE,
    "parity._prove": TEMPORARY,
    "certificate.parity_of": TEMPORARY,
    "causality.futures": TEMPORARY,
    "purity.in_a_fresh_process": TEMPORARY,
    "check.broken_laws": TEMPORARY,
    "arrays.own_folder": TEMPORARY,
    "fresh.standing_by": BELOW_TEMPORARY,
    "fresh.serve": BELOW_TEMPORARY,
    "rechecks.new": BELOW_TEMPORARY,
    "arrays.write_arrays": BELOW_TEMPORARY,
    "sites.write_sites": BELOW_TEMPORARY,
    "sites._write_site": BELOW_TEMPORARY,
    "poison._write": BELOW_TEMPORARY,
}


def sources() -> dict[str, str]:
    paths = [p for part in ("engine", "barsieve", "bin") for p in (ROOT / part).rglob("*.py")]
    return {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in sorted(paths)}


def test_every_place_that_writes_is_known() -> None:
    found = writing_places(sources())
    unknown = {place: calls for place, calls in found.items() if place not in PLACES}
    assert not unknown, "say in PLACES under whose name it writes; names of people are checked"
    assert not PLACES.keys() - found.keys(), "these places write no more"


@pytest.mark.parametrize(
    "text",
    [
        "path.write_text(x)", "open(path, 'w')", "open(path, mode='ab')", "path.open('r+b')",
        "path.open(how)", "os.open(path, flags)", "np.save(path, x)", "frame.to_parquet(path)",
        "json.dump(x, file)", "shutil.move(a, b)", "os.replace(a, b)", "path.replace(other)",
        "path.touch()", "pq.write_table(table, path)", "tempfile.mkdtemp()",
    ],
)  # fmt: skip
def test_each_way_to_write_is_seen(text: str) -> None:
    source = f"def here():\n    def inner():\n        pass\n    return {text}\n"
    assert list(writing_places({"a/place.py": source})) == ["place.here"]


@pytest.mark.parametrize(
    "text",
    [
        "path.open()", "path.open('rb')", "open(path)", "open(path, encoding='utf-8')",
        "text.replace('a', 'b')", "replace(record, field=1)", "copy(x)", "json.dumps(x)",
        "rows.remove(1)",
    ],
)  # fmt: skip
def test_reading_is_no_writing(text: str) -> None:
    assert writing_places({"a/place.py": f"def here():\n    return {text}\n"}) == {}


# --- what commands in fact write -----------------------------------------------------------------

# Runs a command and prints, as the last line, every file that Python opened for writing in it.
WATCHED = """
import json, os, sys
written = []
FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
def watch(event, given):
    if event == "open" and isinstance(given[0], str) and isinstance(given[2], int):
        if given[2] & FLAGS:
            written.append(given[0])
    elif event in ("os.rename", "os.mkdir", "os.truncate"):
        written.extend(str(each) for each in given[:2] if isinstance(each, str))
sys.addaudithook(watch)
from engine.cli import cli
try:
    cli.main(args=sys.argv[1:], prog_name="barsieve")
finally:
    print(json.dumps([os.path.abspath(each) for each in written]))
"""
STRATEGY = """
from barsieve.strategy import DearDomain, Section

def judge(past, settings):
    return 1.0 if past.close[-1] > past.open[-1] else -1.0

MINE = DearDomain("mine", (), Section, None, 0.5, judge=judge)
"""


def written_by(folder: Path, *arguments: str) -> list[Path]:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *arguments], capture_output=True, text=True,
        encoding="utf-8", check=False, cwd=folder, env=os.environ | {"TMPDIR": str(folder / "tmp")},
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr
    return [Path(each) for each in json.loads(done.stdout.splitlines()[-1])]


@pytest.mark.slow
def test_commands_write_into_their_folders_alone(tmp_path: Path) -> None:
    from engine.kernel import cache_folder

    for name in ("tmp", "out", "data"):
        (tmp_path / name).mkdir()
    write_bars(tmp_path / "data" / "ETH_1h.parquet", demo_bars(2_500), replace=False)
    days = [f"2023-{month:02}-{day:02},{day}" for month in (1, 2, 3) for day in range(1, 29)]
    (tmp_path / "data" / "vix.csv").write_text("\n".join(["date,value", *days]), encoding="utf-8")
    (tmp_path / "data" / "mine.py").write_text(STRATEGY, encoding="utf-8")
    series = {"vix": {"path": "data/vix.csv", "unit": "points", "missing": "ignore"}}
    veto = {"series": "vix", "side": "long", "on": 20, "off": 10}
    market = (
        "--asset", "ETH", "--set", f"macro.series={json.dumps(series)}",
        "--set", f"macro.vetoes={json.dumps([veto])}", "--set", 'plugins=["data/mine.py"]',
    )  # fmt: skip
    into = str(tmp_path / "out")
    cache = cache_folder()
    assert cache is not None
    places = [tmp_path / "out", tmp_path / "tmp", cache]
    for arguments in (
        ("replay", *market, "--output-dir", into),
        ("screen", *market, "--output", f"{into}/candidates.jsonl"),
        ("lookahead", *market, "--cuts", "2"),
    ):
        written = written_by(tmp_path, *arguments)
        assert written
        for path in set(written) - {Path(os.devnull)}:
            assert any(path.is_relative_to(place) for place in places), path
    assert list((tmp_path / "tmp").iterdir()) == []
    names = sorted(path.name for path in (tmp_path / "data").iterdir() if path.is_file())
    assert names == ["ETH_1h.parquet", "mine.py", "vix.csv"]
