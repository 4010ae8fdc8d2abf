"""Mirror: what a domain says of a rise it says of the same fall, with the other sign."""

from math import inf

import numpy as np

from engine.bars.locate import anchor_ns
from engine.features.columns import compute
from engine.features.feature import Feature
from engine.fusion.domain import Domain
from engine.kernel import Floats
from engine.plugins.guard import guarded
from engine.plugins.records import Record
from engine.replay.settings import Settings
from engine.review.laws.finding import Finding, at
from engine.review.laws.values import columns_for, options, reads
from engine.review.lookahead.poison import Timeline

LAW = "mirror"
TURNS = ("even", "odd", "complement")
TOLERANCE = 1e-9  # of scores: a mirrored column may round otherwise


def mirror(record: Record, market: Timeline, name: str) -> Finding:
    """A score whose columns are turned round; a domain may mean to differ, so this is a note."""
    assert isinstance(record, Domain) and record.score is not None
    turned = turned_columns(record, market)
    columns, own = columns_for(record, market), options(record, market.settings)
    given = [columns[each] for each in reads(record, market.settings)]
    score, other = (
        guarded(f"{record.name}: score failed", record.score, values, own)
        for values in (given, turned)
    )
    apart = np.flatnonzero(np.abs(score + other)[columns.warmup :] > TOLERANCE)
    if apart.size == 0:
        return Finding(record.name, LAW, "holds", name)
    row = int(apart[0]) + columns.warmup
    says = f"long and short are no mirror images at {apart.size:,} bars; the first is"
    values = (f"{float(score[row])!r}", f"{float(other[row])!r} where everything is turned round")
    return Finding(record.name, LAW, "note", name, says, row, at(market, row), *values)


def applies(record: Record, settings: Settings) -> bool:
    """Whether it is a cheap domain, and it is known how each of its columns turns round."""
    if not isinstance(record, Domain) or record.score is None or record.reads_macro:
        return False
    read = (settings.patterns.columns[name.partition("@")[0]] for name in reads(record, settings))
    return all(isinstance(each, Feature) and each.mirror in TURNS for each in read)


def turned_columns(record: Domain, market: Timeline) -> list[Floats]:
    """What it would be handed in a market turned upside down."""
    settings = market.settings
    patterns = settings.patterns
    known, turned = patterns.columns, []
    for full in reads(record, settings):
        name, _, timeframe = full.partition("@")
        feature = known[name]
        assert isinstance(feature, Feature)
        beside = feature.mirrored_by or name
        wanted = f"{beside}@{timeframe}" if timeframe else beside
        anchor = anchor_ns(settings.data.anchor)
        values = compute(market.bars, [wanted], anchor, patterns, known)[wanted]
        turned.append(_turned(feature, values))
    return turned


def _turned(feature: Feature, values: Floats) -> Floats:
    if feature.mirror == "odd":
        return -values
    if feature.mirror == "complement":
        assert -inf < feature.low < feature.high < inf
        return feature.low + feature.high - values
    return values
