"""Everything the screen reads. A change of a `screen` key here asks for a new screen."""

from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from engine.bars.locate import DataSettings
from engine.bars.timeframe import nanoseconds
from engine.errors import SettingsError
from engine.features.catalogue import PatternSettings
from engine.fusion.catalogue import DomainSettings
from engine.fusion.domain import Domain
from engine.fusion.scores import active_domains
from engine.fusion.settings import FusionSettings
from engine.names import wrong_name
from engine.prescreen.fast_signal import FastSignalSettings
from engine.prescreen.gates import EntrySettings, GateSettings
from engine.prescreen.macro_veto import MacroSettings
from engine.prescreen.plugged import NOTHING_PLUGGED, Plugged
from engine.prescreen.regimes import RegimeSettings
from engine.prescreen.sentinels import SENTINELS, Sentinel, active_sentinels
from engine.prescreen.volume_trap import VolumeTrapSettings
from engine.settings import MOST_BARS, Section, Tree, did_you_mean, parameter

Policy = Literal["admissible", "sentinel"]
SENTINEL_KEYS = ("min_fusion_score", "min_adx")  # a key of the policy `sentinel` alone


class BatchMode(Section):
    """How bars become candidates, and when a focused replay is worth it."""

    catalogue: ClassVar[tuple[Sentinel, ...]] = SENTINELS

    policy: Policy = parameter("admissible", "admissible: exact; sentinel: the lossy heuristic")
    candidate_window_bars: int = parameter(
        48, "bars visited on each side of a candidate", unit="bars", scope="run", ge=0,
        le=MOST_BARS,
    )  # fmt: skip
    min_fusion_score: float = parameter(
        0.30, "least score of a candidate, policy sentinel", ge=0, le=1
    )
    min_adx: float = parameter(
        18.0, "least ADX of a candidate, policy sentinel", unit="ADX", ge=0, le=100
    )
    sentinels: tuple[str, ...] = parameter(
        tuple(each.name for each in SENTINELS), "events that are looked for"
    )
    coverage_threshold: float = parameter(
        0.85, "`--replay auto` replays in full above this share of bars in windows",
        unit="share", scope="run", gt=0, le=1,
    )  # fmt: skip

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = [each.name for each in self.catalogue]
        for name in self.sentinels:
            if name not in known:
                near = did_you_mean(name, known)
                raise ValueError(f"batch_mode.sentinels: unknown sentinel {name!r}{near}")
        foreign = [key for key in SENTINEL_KEYS if key in self.model_fields_set]
        if self.policy == "admissible" and foreign:
            raise ValueError(
                f"batch_mode.{foreign[0]} belongs to policy sentinel; remove it, or set "
                'batch_mode.policy to "sentinel"'
            )
        return self


class ScreenSettings(Section):
    """The settings of a screen; `engine.replay.settings` adds those of a replay."""

    plugged: ClassVar[Plugged] = NOTHING_PLUGGED

    asset: str = Field("ETH", description="name of the market", json_schema_extra={"scope": "run"})
    plugins: tuple[str, ...] = parameter(
        (), "Python files, or names of installed packages, that add to the strategy", scope="run"
    )
    timeframe: str = parameter("1h", "length of a bar: 1m, 30m, 1h, 4h, 1d")
    data: DataSettings = DataSettings()
    domains: DomainSettings = DomainSettings()
    patterns: PatternSettings = PatternSettings()
    fusion: FusionSettings = FusionSettings()
    gates: GateSettings = GateSettings()
    entries: EntrySettings = EntrySettings()
    fast_signals: FastSignalSettings = FastSignalSettings()
    regimes: RegimeSettings = RegimeSettings()
    volume_trap: VolumeTrapSettings = VolumeTrapSettings()
    macro: MacroSettings = MacroSettings()
    batch_mode: BatchMode = BatchMode()

    def domains_of(self, has_volume: bool) -> list[Domain]:
        """The domains of the run; without volume, those that can do without."""
        return active_domains(self.fusion, has_volume, self.patterns.columns)

    def sentinels_of(self, has_volume: bool) -> list[Sentinel]:
        """The sentinels of the run; without volume, those that can do without."""
        mode = self.batch_mode
        return active_sentinels(mode.sentinels, has_volume, mode.catalogue, self.patterns.columns)

    @model_validator(mode="after")
    def _check_tilts(self) -> Self:
        wants = any(domain.reads_macro for domain in self.domains_of(True))
        if wants and not self.macro.tilts:
            raise ValueError(
                "fusion.weights.macro needs macro.tilts: the domain reads nothing else"
            )
        return self

    @model_validator(mode="after")
    def _check_timeframes(self) -> Self:
        for key, names in self._timeframes_read().items():
            for name in names:
                if nanoseconds(name) % nanoseconds(self.timeframe):
                    raise ValueError(
                        f"{key}: {name} is not a multiple of timeframe {self.timeframe}"
                    )
        return self

    @model_validator(mode="after")
    def _check_sentinels(self) -> Self:
        if self.entries.require_sentinel_within_bars and not self.batch_mode.sentinels:
            raise ValueError(
                "entries.require_sentinel_within_bars: batch_mode.sentinels is empty, so no bar "
                "could enter; name a sentinel, or leave the requirement out"
            )
        return self

    def _timeframes_read(self) -> dict[str, tuple[str, ...]]:
        """Higher timeframes by the key that asks for them."""
        read = {"fusion.trend_timeframes": self.fusion.trend_timeframes}
        for domain in self.domains_of(True):
            if domain.at_timeframes:
                own = getattr(self.domains, domain.name)
                read[f"domains.{domain.name}.timeframes"] = own.timeframes
        if self.fusion.execution_mode != "fusion_only":
            fast = self.fast_signals
            read["fast_signals.adx_timeframe"] = (fast.adx_timeframe,)
            read["fast_signals.trend_timeframe"] = (fast.trend_timeframe,)
        return read

    @field_validator("asset")
    @classmethod
    def _check_asset(cls, name: str) -> str:
        # The name becomes part of file and folder names.
        wrong = wrong_name(name)
        if wrong:
            raise ValueError(f"asset {name!r}: {wrong}")
        return name

    @field_validator("timeframe")
    @classmethod
    def _check_timeframe(cls, name: str) -> str:
        try:
            nanoseconds(name)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return name


def as_declared(tree: Tree) -> Tree:
    """The tree of a file with the names of today. Raises SettingsError for a key that is gone, or
    that stands there under both of its names.
    """
    return read_mode(without_density(tree))


def without_density(tree: Tree) -> Tree:
    """`batch_mode.density_threshold` is gone; each config.json of before has its default."""
    mode = tree.get("batch_mode")
    if not isinstance(mode, dict) or "density_threshold" not in mode:
        return tree
    if mode["density_threshold"] != 0.25:
        raise SettingsError(
            "batch_mode.density_threshold is gone: --replay auto weighs the predicted costs, which "
            "favour the full replay from 1 % of candidates on; leave it out"
        )
    rest = {key: value for key, value in mode.items() if key != "density_threshold"}
    return tree | {"batch_mode": rest}


def read_mode(tree: Tree) -> Tree:
    """`fast_signals.mode` is another name of `fusion.execution_mode`; only one may be given."""
    fast, fusion = tree.get("fast_signals"), tree.get("fusion", {})
    if not isinstance(fast, dict) or "mode" not in fast or not isinstance(fusion, dict):
        return tree
    if "execution_mode" in fusion:
        raise SettingsError("fusion.execution_mode and fast_signals.mode: give one of them")
    rest = {key: value for key, value in fast.items() if key != "mode"}
    return tree | {"fast_signals": rest, "fusion": fusion | {"execution_mode": fast["mode"]}}
