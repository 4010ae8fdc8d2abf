// The page of a run: the price overview, the account, and the drawings over all trades.

const MOST_MARKS = 500, MOST_POINTS = 3000, MOST_MEANS = 300, MOST_DOTS = 4000, CELLS = 60;
let current = 0; // the market that is shown
let exact = null; // its unpacked arrays
let view = null; // [from, to] in milliseconds, null: everything

const market = () => page.markets[current];

// --- unpacking -----------------------------------------------------------------------------------

async function unpackedMarket(place) {
  const { arrays: packed, margin } = JSON.parse(element(`packed-${place}`).textContent);
  const named = (names, how) => Promise.all(names.map(async (name) => [name, await how(packed[name])]));
  const wholes = ["row", "time", "candidate_bar", "position", "entry_bar", "exit_bar", "entry_time",
    "exit_time", "legs", "decided", "event_position", "event_bar"];
  const rest = Object.keys(packed).filter(
    (name) => !wholes.includes(name) && !["open", "high", "low", "close"].includes(name));
  const found = Object.fromEntries([
    ...(await named(wholes, unpackedWhole)), ...(await named(rest, unpacked)),
  ]);
  Object.assign(found, await unpackedPrices(packed));
  found.margin = margin; // bars kept beside each trade, null: every bar is here
  return found;
}

// The first place in ascending values that is not below the wanted one.
function placeOf(values, wanted) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

// --- the overview --------------------------------------------------------------------------------

// The smallest and the largest value of each bucket, in order, or every value where they are few.
function thinned(values, from, to) {
  const places = [];
  const width = Math.max(1, Math.ceil((2 * (to - from)) / MOST_POINTS));
  for (let start = from; start < to; start += width) {
    let [low, high] = [start, start];
    for (let k = start + 1; k < Math.min(start + width, to); k++) {
      if (values[k] < values[low]) low = k;
      if (values[k] > values[high]) high = k;
    }
    if (low === high) places.push(low);
    else places.push(Math.min(low, high), Math.max(low, high));
  }
  return { places, width };
}

// The mean of each bucket of scores, or every score where they are few.
function averaged(steps, from, to) {
  const width = Math.max(1, Math.ceil((to - from) / MOST_MEANS));
  const values = [];
  for (let start = from; start < to; start += width) {
    const own = Array.from(steps.subarray(start, Math.min(start + width, to))).filter((s) => s !== -128);
    values.push(own.length ? own.reduce((sum, s) => sum + s, 0) / own.length / market().score_steps : null);
  }
  return { values, width };
}

// What is drawn of the price and the scores: the overview, or the bars that are in view.
function lines() {
  const all = market().overview;
  if (!exact || exact.margin !== null || !view) {
    return { x: all.x, price: all.price, width: all.width, scoreX: all.score_x, scores: all.scores, mean: all.score_width };
  }
  const from = Math.max(0, placeOf(exact.time, view[0]) - 1);
  const to = Math.min(exact.time.length, placeOf(exact.time, view[1]) + 2);
  const close = thinned(exact.close, from, to);
  const scores = {};
  let mean = 1;
  for (const name of Object.keys(all.scores)) {
    const found = averaged(exact[`score_${name}`], from, to);
    scores[name] = found.values;
    mean = found.width;
  }
  const scoreX = [];
  for (let start = from; start < to; start += mean) scoreX.push(exact.time[Math.min(start + (mean >> 1), to - 1)]);
  return {
    x: close.places.map((k) => exact.time[k]), price: close.places.map((k) => exact.close[k]),
    width: close.width, scoreX, scores, mean,
  };
}

// Places of the trades in view, at most so many, evenly.
function shownTrades() {
  if (!exact) return { places: [], count: 0, step: 1 };
  const inside = [];
  for (let k = 0; k < exact.position.length; k++) {
    if (!view || (exact.exit_time[k] >= view[0] && exact.entry_time[k] <= view[1])) inside.push(k);
  }
  const step = Math.max(1, Math.ceil(inside.length / MOST_MARKS));
  return { places: inside.filter((_, k) => k % step === 0), count: inside.length, step };
}

function marks(name, places, times, prices, symbol, tone) {
  return {
    type: "scatter", mode: "markers", name, x: places.map((k) => times[k]), y: places.map((k) => prices[k]),
    customdata: places, marker: { symbol, size: 9, color: colour(tone), line: { width: 1, color: colour("ground") } },
    text: places.map((k) => `position ${exact.position[k]}, ${market().reasons[exact.reason[k]]}, ${signed(exact.r[k], 2)} R`),
    hovertemplate: "%{text}<br>%{x}<br>%{y}<extra></extra>",
  };
}

function tradeMarks(places) {
  const side = (wanted) => places.filter((k) => exact.side[k] === wanted);
  return [
    marks("long entry", side(1), exact.entry_time, exact.entry_price, "triangle-up", "gain"),
    marks("short entry", side(-1), exact.entry_time, exact.entry_price, "triangle-down", "loss"),
    marks("exit", places, exact.exit_time, exact.exit_price, "x-thin-open", "quiet"),
  ];
}

function candidateShares() {
  const all = market().overview;
  const share = (name, values, tone) => ({
    type: "scatter", mode: "lines", name, x: all.share_x, y: values, yaxis: "y2",
    line: { color: colour(tone), width: 1 }, hovertemplate: "%{y:.1%} of bars<extra></extra>",
  });
  const traces = [share("share of candidates", all.candidates, "quiet")];
  if (market().window > 0) traces.push(share("share in windows", all.windows, "warm"));
  return traces;
}

// One by one, with their windows; null where they are too many to draw.
function candidatesInView() {
  const rows = [rowAt(view[0]), rowAt(view[1])];
  const from = placeOf(exact.candidate_bar, rows[0]);
  const to = placeOf(exact.candidate_bar, rows[1] + 1);
  if (!(exact.margin === null) || to - from > MOST_MARKS) return null;
  const places = Array.from({ length: to - from }, (_, k) => from + k);
  const timeOf = (row) => exact.time[row - exact.row[0]];
  const windows = { x: [], y: [] };
  for (const k of places) {
    const [a, b] = [exact.candidate_bar[k] - market().window, exact.candidate_bar[k] + market().window];
    windows.x.push(timeOf(Math.max(a, market().first)), timeOf(Math.min(b, market().stop - 1)) + market().timeframe, null);
    windows.y.push(0.5, 0.5, null);
  }
  const some = (bit, name, symbol, height, tone) => {
    const own = places.filter((k) => exact.candidate_sides[k] & bit);
    return {
      type: "scatter", mode: "markers", name, x: own.map((k) => timeOf(exact.candidate_bar[k])), y: own.map(() => height),
      yaxis: "y2", marker: { symbol, size: 7, color: colour(tone) }, hovertemplate: "%{x}<extra></extra>",
    };
  };
  return [
    { type: "scatter", mode: "lines", name: "windows", ...windows, yaxis: "y2", line: { color: colour("warm"), width: 8 }, opacity: 0.6, hoverinfo: "skip" },
    some(1, "long candidate", "triangle-up", 0.8, "gain"),
    some(2, "short candidate", "triangle-down", 0.2, "loss"),
  ];
}

function rowAt(time) {
  return exact.row[Math.min(placeOf(exact.time, time), exact.row.length - 1)];
}

function scoreTraces(x, scores, yaxis) {
  return Object.entries(scores).map(([name, values], place) => ({
    type: "scatter", mode: "lines", name, x, y: values, yaxis, connectgaps: false,
    line: { color: name === "fused" ? colour("ink") : lineColour(place), width: name === "fused" ? 2 : 1 },
    hovertemplate: `${name} %{y:.2f}<extra></extra>`,
  }));
}

function priceFigure() {
  const drawnLines = lines();
  const few = exact && view && candidatesInView();
  const { places, count, step } = shownTrades();
  const line = {
    type: "scatter", mode: "lines", name: "close", x: drawnLines.x, y: drawnLines.price,
    line: { color: colour("accent"), width: 1.2 }, hovertemplate: "%{x}<br>%{y}<extra></extra>",
  };
  const data = [line, ...(exact ? tradeMarks(places) : []), ...(few || candidateShares()),
    ...scoreTraces(drawnLines.scoreX, drawnLines.scores, "y3")];
  sayWhatIsDrawn(drawnLines, count, step);
  // A strategy of its own may have no score to draw.
  const scored = Object.keys(drawnLines.scores).length > 0;
  const panels = scored ? [[0.5, 1], [0.35, 0.46], [0, 0.31]] : [[0.26, 1], [0, 0.2], [0, 0.2]];
  const shared = { xaxis: axis({ type: "date", anchor: scored ? "y3" : "y2", ...(view ? { range: view.slice() } : { autorange: true }) }) };
  return { data, layout: layoutOf({
    ...shared, shapes: chosenSpan(), uirevision: String(current), hovermode: "closest",
    yaxis: axis({ domain: panels[0], title: { text: "Price" } }),
    yaxis2: axis({ domain: panels[1], title: { text: root.clientWidth > 640 ? "Candid." : "" }, nticks: 3, fixedrange: true,
      tickformat: ",.0%", ...(few ? { range: [0, 1], showticklabels: false } : { rangemode: "tozero" }) }),
    yaxis3: axis({ domain: panels[2], title: { text: scored ? "Scores" : "" }, range: [-1, 1], fixedrange: true,
      visible: scored }),
  }) };
}

// The chosen trade, as a band through all panels.
function chosenSpan() {
  if (!exact || !exact.position.length) return [];
  return [{
    type: "rect", xref: "x", yref: "paper", y0: 0, y1: 1, x0: exact.entry_time[chosen],
    x1: exact.exit_time[chosen] + market().timeframe, fillcolor: colour("mark"), opacity: 0.25,
    line: { width: 1, color: colour("mark") },
  }];
}

function sayWhatIsDrawn({ width, mean }, count, step) {
  const said = [];
  if (width > 1) said.push(`Drawn for the eye: the smallest and the largest close of each ${whole(width)} bars.`);
  if (mean > 1 && Object.keys(market().overview.scores).length) said.push(`Scores: the mean of each ${whole(mean)} bars.`);
  if (exact && step > 1) said.push(`One in ${step} of the ${whole(count)} trades in view is marked.`);
  if (width > 1 || step > 1) said.push("Zoom in to see more; the values of a chosen trade are exact.");
  if (exact && exact.margin !== null) {
    said.push(`This file keeps the exact bars up to ${exact.margin} bars beside each trade.`);
  }
  element("price-note").textContent = said.join(" ");
}

function timeOfRange(text) {
  if (typeof text === "number") return text;
  return Date.parse(text.length > 10 ? `${text.replace(" ", "T")}Z` : text);
}

function onZoom(change) {
  const keys = Object.keys(change);
  if (!keys.some((key) => key.startsWith("xaxis"))) return;
  const range = element("price").layout.xaxis;
  const next = change["xaxis.autorange"] ? null : range.range.map(timeOfRange);
  if (String(next) === String(view)) return;
  view = next;
  draw("price", priceFigure);
}

function showWhole() {
  view = null;
  draw("price", priceFigure);
}

// --- the account ---------------------------------------------------------------------------------

function equityFigure() {
  const { x, equity, under } = page.equity;
  const line = (y, name, tone, more) => ({
    type: "scatter", mode: "lines", name, x, y, line: { color: colour(tone), width: 1.2 }, ...more,
  });
  return { data: [
    line(equity, "equity", "accent", { hovertemplate: "%{x}<br>%{y:,.2f}<extra></extra>" }),
    line(under, "below the peak", "loss", { yaxis: "y2", fill: "tozeroy", hovertemplate: "%{x}<br>%{y:.2f} %<extra></extra>" }),
  ], layout: layoutOf({
    xaxis: axis({ type: "date", anchor: "y2" }),
    yaxis: axis({ domain: [0.4, 1], title: { text: "Equity" } }),
    yaxis2: axis({ domain: [0, 0.34], title: { text: "Below peak, %" } }),
  }) };
}

// --- all trades ----------------------------------------------------------------------------------

function histogramFigure() {
  return { data: [{
    type: "histogram", x: exact.r, xbins: { size: 0.25 }, marker: { color: colour("accent") },
    hovertemplate: "%{x} R: %{y} positions<extra></extra>",
  }], layout: layoutOf({
    xaxis: axis({ title: { text: "R" } }), yaxis: axis({ title: { text: "Positions" } }), bargap: 0.05,
  }) };
}

// Too many for dots: how many positions lie in each of CELLS × CELLS cells, by the logarithm.
function countedExcursions() {
  const edge = (values, pick) => values.reduce((best, each) => pick(best, each));
  const lowX = edge(exact.mae, Math.min), highY = edge(exact.mfe, Math.max);
  const counts = Array.from({ length: CELLS }, () => new Array(CELLS).fill(0));
  for (let k = 0; k < exact.mae.length; k++) {
    const column = Math.min(CELLS - 1, Math.floor((1 - exact.mae[k] / lowX) * CELLS));
    const row = Math.min(CELLS - 1, Math.floor((exact.mfe[k] / highY) * CELLS));
    counts[row][column] += 1;
  }
  const most = Math.max(...counts.flat());
  const ticks = [1, 10, 100, 1000, 10000, 100000].filter((each) => each <= most);
  return {
    type: "heatmap", x0: lowX * (1 - 0.5 / CELLS), dx: -lowX / CELLS, y0: (0.5 * highY) / CELLS, dy: highY / CELLS,
    z: counts.map((row) => row.map((count) => (count ? Math.log10(count) : null))), customdata: counts,
    colorscale: [[0, colour("line")], [1, colour("accent")]], zmin: 0, hoverongaps: false,
    colorbar: { title: { text: "positions" }, thickness: 12, tickvals: ticks.map(Math.log10), ticktext: ticks.map(whole) },
    hovertemplate: "MAE %{x:.2f}, MFE %{y:.2f}<br>%{customdata} positions<extra></extra>",
  };
}

function excursionFigure() {
  const axes = { xaxis: axis({ title: { text: "MAE, R" } }), yaxis: axis({ title: { text: "MFE, R" } }) };
  if (exact.mae.length > MOST_DOTS) return { data: [countedExcursions()], layout: layoutOf(axes) };
  const group = (name, test, symbol, tone) => {
    const places = Array.from(exact.mae.keys()).filter((k) => test(exact.r[k]));
    return {
      type: "scatter", mode: "markers", name, x: places.map((k) => exact.mae[k]), y: places.map((k) => exact.mfe[k]),
      customdata: places, text: places.map((k) => `position ${exact.position[k]}`), marker: { symbol, size: 6, color: colour(tone) },
      hovertemplate: "%{text}<br>MAE %{x:.2f}, MFE %{y:.2f}<extra></extra>",
    };
  };
  return { data: [
    group("won", (r) => r > 0, "circle", "gain"), group("not won", (r) => !(r > 0), "x-thin-open", "loss"),
  ], layout: layoutOf(axes) };
}

// --- in order ------------------------------------------------------------------------------------

function onPoint(event) {
  const place = event.points.map((each) => each.customdata).find((each) => Number.isInteger(each));
  if (place !== undefined) choose(place);
}

async function showMarket(place) {
  current = place;
  view = null;
  exact = null;
  element("price").querySelector(".sketch")?.remove();
  await draw("price", priceFigure);
  await nextFrame();
  await nextFrame();
  performance.mark("price drawn");
  await draw("equity", equityFigure);
  if (document.readyState === "loading") {
    await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  }
  if (typeof DecompressionStream === "undefined") {
    element("trades-wait").textContent = "This browser cannot unpack the exact values; one from 2023 or later can.";
    return;
  }
  exact = await unpackedMarket(place);
  chosen = 0;
  await draw("price", priceFigure);
  showTrades();
  await draw("histogram", histogramFigure);
  await draw("excursions", excursionFigure);
  element("excursions").on("plotly_click", onPoint);
  performance.mark("all drawn");
  root.dataset.ready = "yes";
}

function start() {
  element("market-label").hidden = page.markets.length < 2;
  element("market").addEventListener("change", (event) => showMarket(Number(event.target.value)));
  element("whole").addEventListener("click", showWhole);
  if (page.equity.width > 1) {
    element("equity-note").textContent =
      `Drawn for the eye: the smallest and the largest value of each ${whole(page.equity.width)} bars.`;
  }
  showMarket(0).then(() => {
    element("price").on("plotly_relayout", onZoom);
    element("price").on("plotly_click", onPoint);
  });
}
