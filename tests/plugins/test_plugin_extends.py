"""A configuration that extends another: the plug-ins of each lie beside their own file."""

import json

from engine.inputs import load_settings

SIGNALS = """
from barsieve.strategy import Signals
def signals(bars, columns, settings):
    return {"signal": bars.close * 0 + 1}
OWN = Signals("own_base", signals)
"""


def test_the_file_of_a_base_is_found_beside_the_base(tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    (base / "mine.py").write_text(SIGNALS, encoding="utf-8")
    (base / "base.json").write_text(json.dumps({"plugins": ["mine.py"]}), encoding="utf-8")
    heir = tmp_path / "heir.json"
    heir.write_text(
        json.dumps({"extends": "base/base.json", "exits": {"max_bars_in_trade": 7}}),
        encoding="utf-8",
    )
    settings = load_settings(str(heir), "DEMO")
    assert settings.exits.max_bars_in_trade == 7
    assert settings.plugins == (str((base / "mine.py").resolve()),)
    assert settings.fusion.weights.own_base == 1.0
