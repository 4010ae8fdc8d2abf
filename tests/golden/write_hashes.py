"""Write what `test_golden.py` holds the engine against: python tests/golden/write_hashes.py

Adds the cases that are missing, as those of a preset that is new, and leaves the others alone.
`--replace` writes all of them anew: it says that the bytes of events, equity or decision codes were
meant to change, and DECISIONS.md says why.
"""

import json
import sys
from pathlib import Path

from golden_runs import HASHES, cases, hashes_of, stored

BARS = Path(__file__).resolve().parents[3] / "shared" / "data" / "bars"


def main() -> None:
    known = {} if "--replace" in sys.argv[1:] else stored()
    found = {
        each.name: known.get(each.name) or hashes_of(each, BARS if each.is_real else None)
        for each in cases()
    }
    HASHES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {HASHES}: {len(found)} runs, {len(found.keys() - known.keys())} of them new")


if __name__ == "__main__":
    main()
