"""`barsieve init`: a folder to work in, made of the shipped configurations."""

from pathlib import Path

from engine.errors import OutputError
from engine.files import write_atomically
from engine.inputs import shipped_files

README = """\
# A barsieve workspace

- `configs/v18/`, `configs/examples/`: configurations to edit; `--config configs/v18/NAME.json`
  reads one.
- `data/`: put your bars here as `data/<ASSET>_<timeframe>.parquet`, as in `data/ETH_1h.parquet`
  (columns timestamp, open, high, low, close and, if there is one, volume; CSV works with `--data`).

Try the embedded market first:

    barsieve screen --asset DEMO --config configs/v18/ETH_comprehensive.json
    barsieve replay --asset DEMO --config configs/v18/ETH_comprehensive.json
    barsieve parity --asset DEMO --config configs/v18/ETH_comprehensive.json --start 2025-06-15
"""


def make_workspace(folder: Path) -> list[str]:
    """Write the workspace, or raise OutputError before anything of the user's is overwritten."""
    files = {name: path.read_text(encoding="utf-8") for name, path in shipped_files().items()}
    files |= {"README.md": README, "data/README.md": "Bars go here; see ../README.md.\n"}
    for name, text in files.items():
        there = folder / name
        if there.is_dir() or (there.exists() and there.read_bytes() != text.encode()):
            raise OutputError(f"{there}: exists and is not ours; choose another folder")
    for name, text in files.items():
        write_atomically(folder / name, text)
    return list(files)
