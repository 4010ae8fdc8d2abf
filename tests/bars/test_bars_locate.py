"""Settings of the data section, and the order in which a file of bars is looked for."""

from pathlib import Path

import pytest

from engine.bars.locate import DataSettings, anchor_ns, find_data
from engine.errors import DataError, SettingsError
from engine.settings import parameters, validate

HOUR = 3_600 * 10**9
MONDAY = 4 * 24 * HOUR


def test_defaults_and_scopes() -> None:
    found = {each.key: (each.value, each.scope) for each in parameters(DataSettings())}
    assert found == {
        "path": (None, "run"),
        "funding": (None, "run"),
        "stamp": ("open", "run"),
        "anchor": ("+00:00", "screen"),
        "tz": ("UTC", "screen"),
    }


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"anchor": "2"}, "config: anchor: '2' is no UTC offset; expected"),
        ({"anchor": "+15:00"}, "is no UTC offset"),
        ({"anchor": "+02:60"}, "is no UTC offset"),
        ({"tz": "Europe/Berln"}, "did you mean Europe/Berlin?"),
        ({"tz": "../UTC"}, "is no time zone"),
        ({"tz": ""}, "is no time zone"),
        ({"stamp": "mid"}, "stamp"),
        ({"pth": "x"}, "did you mean path?"),
    ],
)
def test_bad_values_are_refused_in_one_line(tree: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        validate(DataSettings, tree, "config")
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_good_values_pass() -> None:
    tree = {
        "path": "x.csv", "funding": "rates.csv", "stamp": "close", "anchor": "-05:30",
        "tz": "America/New_York",
    }  # fmt: skip
    assert validate(DataSettings, tree, "config").model_dump() == tree


@pytest.mark.parametrize(
    ("text", "hours"),
    [("+00:00", 0), ("-00:00", 0), ("+02:00", -2), ("-05:30", 5.5), ("+14:00", -14)],
)
def test_anchor_is_a_monday_midnight_at_the_offset(text: str, hours: float) -> None:
    assert anchor_ns(text) == MONDAY + int(hours * HOUR)


def test_the_order_of_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_data(Path("a.csv"), "b.csv", "ETH", "1h") == Path("a.csv")
    assert find_data(None, "b.csv", "ETH", "1h") == Path("b.csv")
    with pytest.raises(DataError) as caught:
        find_data(None, None, "ETH", "1h")
    message = str(caught.value)
    for way in ("--data PATH", "data.path", "data/ETH_1h.parquet", "--asset DEMO"):
        assert way in message
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ETH_1h.parquet").touch()
    assert find_data(None, None, "ETH", "1h") == Path("data/ETH_1h.parquet")
