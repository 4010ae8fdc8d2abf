// The chosen trade: exact candles around it, what happened to it, and why.

const FEWEST_BESIDE = 15, MOST_BESIDE = 120;
let list = null; // the table of trades
let chosen = 0; // the place of the chosen trade

// Places in the exact arrays: the trade and as much as is kept on both sides, without a hole.
function placesAround(trade) {
  const held = exact.exit_bar[trade] - exact.entry_bar[trade];
  const beside = Math.max(FEWEST_BESIDE, Math.min(held, MOST_BESIDE));
  let from = placeOf(exact.row, exact.entry_bar[trade]);
  let to = placeOf(exact.row, exact.exit_bar[trade]);
  for (let k = 0; k < beside && from > 0 && exact.row[from - 1] === exact.row[from] - 1; k++) from--;
  for (let k = 0; k < beside && to + 1 < exact.row.length && exact.row[to + 1] === exact.row[to] + 1; k++) to++;
  return [from, to + 1];
}

function eventsOf(trade) {
  const from = placeOf(exact.event_position, exact.position[trade]);
  const to = placeOf(exact.event_position, exact.position[trade] + 1);
  return Array.from({ length: to - from }, (_, k) => from + k);
}

function timeOfEvent(place) {
  const open = exact.time[placeOf(exact.row, exact.event_bar[place])];
  return open + (market().at_close.includes(exact.event_kind[place]) ? market().timeframe : 0);
}

const kindOf = (place) => market().events[exact.event_kind[place]];
const reasonOf = (place) => market().reasons[exact.event_reason[place]];

// --- the drawing ---------------------------------------------------------------------------------

function stopLine(trade, end) {
  const levels = eventsOf(trade).filter((place) => kindOf(place) === "level");
  const x = [exact.entry_time[trade], ...levels.map(timeOfEvent), end];
  const y = [exact.initial_stop[trade], ...levels.map((place) => exact.event_price[place])];
  return {
    type: "scatter", mode: "lines", name: "stop", x, y: [...y, y[y.length - 1]],
    line: { color: colour("loss"), width: 2, shape: "hv" }, hovertemplate: "stop %{y}<extra></extra>",
  };
}

function levelLine(name, distance, trade, end) {
  if (distance === null) return [];
  const risk = Math.abs(exact.entry_raw[trade] - exact.initial_stop[trade]);
  const level = exact.entry_raw[trade] + exact.side[trade] * distance * risk;
  return [{
    type: "scatter", mode: "lines", name: `${name} (${distance} R)`, x: [exact.entry_time[trade], end], y: [level, level],
    line: { color: colour(name === "target" ? "gain" : "warm"), width: 1.5, dash: "dash" },
    hovertemplate: `${name} %{y:.6~g}<extra></extra>`,
  }];
}

function fillMarks(trade) {
  const fills = eventsOf(trade).filter((place) => kindOf(place) === "fill");
  const side = exact.side[trade];
  return {
    type: "scatter", mode: "markers", name: "fills", x: fills.map(timeOfEvent), y: fills.map((k) => exact.event_price[k]),
    text: fills.map(reasonOf),
    marker: {
      size: 11, color: fills.map((_, k) => colour(k === 0 ? "accent" : "mark")), line: { width: 1, color: colour("ground") },
      symbol: fills.map((_, k) => (k > 0 ? "x" : side > 0 ? "triangle-up" : "triangle-down")),
    },
    customdata: fills.map((k) => [exact.event_raw_price[k], exact.event_quantity[k], exact.event_fee[k]]),
    hovertemplate: "%{text} at %{y}<br>raw %{customdata[0]}<br>quantity %{customdata[1]}<br>fee %{customdata[2]}<extra></extra>",
  };
}

// The reason of each fill, beside it: the entry on the side of its stop, exits on the other.
function fillNotes(trade) {
  return eventsOf(trade).filter((place) => kindOf(place) === "fill").map((place, k) => ({
    x: timeOfEvent(place), y: exact.event_price[place], text: reasonOf(place), showarrow: true,
    arrowcolor: colour("quiet"), arrowhead: 0, arrowwidth: 1, standoff: 7,
    ax: k === 0 ? -30 : 30, ay: (k === 0 ? 1 : -1) * exact.side[trade] * 36,
    bgcolor: colour("raised"), borderpad: 2,
  }));
}

function windowShades(from, to) {
  const half = market().timeframe / 2;
  const first = exact.row[from] - market().window, last = exact.row[to - 1] + market().window;
  const bars = Array.from(exact.candidate_bar.slice(
    placeOf(exact.candidate_bar, first), placeOf(exact.candidate_bar, last + 1)));
  const merged = [];
  for (const bar of bars) {
    const a = Math.max(bar - market().window, exact.row[from]);
    const b = Math.min(bar + market().window, exact.row[to - 1]);
    const before = merged[merged.length - 1];
    if (before && a <= before[1] + 1) before[1] = b;
    else merged.push([a, b]);
  }
  const timeOf = (row) => exact.time[placeOf(exact.row, row)];
  return merged.map(([a, b]) => ({
    type: "rect", xref: "x", yref: "paper", x0: timeOf(a) - half, x1: timeOf(b) + half, y0: 0, y1: 1,
    fillcolor: colour("warm"), opacity: 0.13, line: { width: 0 }, layer: "below",
  }));
}

function candidateMarks(from, to) {
  const a = placeOf(exact.candidate_bar, exact.row[from]);
  const b = placeOf(exact.candidate_bar, exact.row[to - 1] + 1);
  const places = Array.from({ length: b - a }, (_, k) => a + k);
  const heights = { 1: 1.12, 2: -1.12, 3: 1.12 };
  return {
    type: "scatter", mode: "markers", name: "candidate", yaxis: "y2",
    x: places.map((k) => exact.time[placeOf(exact.row, exact.candidate_bar[k])]),
    y: places.map((k) => heights[exact.candidate_sides[k]]),
    text: places.map((k) => ["", "long", "short", "both sides"][exact.candidate_sides[k]]),
    marker: {
      size: 7, color: colour("warm"),
      symbol: places.map((k) => ["", "triangle-up", "triangle-down", "diamond"][exact.candidate_sides[k]]),
    },
    hovertemplate: "candidate, %{text}<br>%{x}<extra></extra>",
  };
}

function tradeFigure() {
  const trade = chosen;
  const [from, to] = placesAround(trade);
  const cut = (values) => values.subarray(from, to);
  const x = Array.from(cut(exact.time));
  const end = exact.exit_time[trade] + market().timeframe / 2;
  const steps = market().score_steps;
  const scores = Object.fromEntries(Object.keys(market().overview.scores).map((name) => [
    name, Array.from(cut(exact[`score_${name}`])).map((s) => (s === -128 ? null : s / steps))]));
  const tone = (name) => ({ line: { color: colour(name), width: 1 }, fillcolor: colour(name) });
  const candles = {
    type: "candlestick", name: "bars", x, open: Array.from(cut(exact.open)), high: Array.from(cut(exact.high)),
    low: Array.from(cut(exact.low)), close: Array.from(cut(exact.close)),
    increasing: { ...tone("gain"), fillcolor: colour("ground") }, decreasing: tone("loss"),
  };
  const levels = [
    ...levelLine("partial", market().partial_r, trade, end), ...levelLine("target", market().target_r, trade, end)];
  const decided = exact.time[placeOf(exact.row, exact.decided[trade])] ?? exact.entry_time[trade];
  const scored = Object.keys(scores).length > 0;
  const threshold = (scored ? [1, -1] : []).map((sign) => ({
    type: "line", xref: "paper", yref: "y2", x0: 0, x1: 1, y0: sign * market().threshold, y1: sign * market().threshold,
    line: { color: colour("quiet"), width: 1, dash: "dot" },
  }));
  const decision = {
    type: "line", xref: "x", yref: "paper", x0: decided, x1: decided, y0: 0, y1: 1,
    line: { color: colour("accent"), width: 1, dash: "dot" },
  };
  return {
    data: [candles, stopLine(trade, end), ...levels, fillMarks(trade), candidateMarks(from, to),
      ...scoreTraces(x, scores, "y2")],
    layout: layoutOf({
      uirevision: `${current}-${trade}`, annotations: fillNotes(trade),
      shapes: [...windowShades(from, to), ...threshold, decision],
      xaxis: axis({ type: "date", rangeslider: { visible: false }, anchor: "y2" }),
      yaxis: axis({ domain: [0.36, 1], title: { text: "Price" } }),
      yaxis2: axis({ domain: [0, 0.3], range: [-1.25, 1.25], title: { text: scored ? "Scores" : "Candidates" }, showticklabels: scored, fixedrange: true }),
    }),
  };
}

// --- the words -----------------------------------------------------------------------------------

function plainTable(caption, titles, rows) {
  const { scroll, table } = emptyTable(caption);
  const head = table.createTHead().insertRow();
  titles.forEach(([title, number]) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    if (number) cell.className = "number";
    head.append(cell);
  });
  const body = table.createTBody();
  for (const cells of rows) {
    const row = body.insertRow();
    cells.forEach((text, k) => {
      const cell = row.insertCell();
      cell.textContent = text;
      if (titles[k][1]) cell.className = "number";
    });
  }
  return scroll;
}

function eventTable(trade) {
  const number = (name) => (place) => String(exact[`event_${name}`][place]);
  const columns = ["price", "raw_price", "quantity", "fee", "cash"].map(number);
  const rows = eventsOf(trade).map((place) => [
    stamp(timeOfEvent(place)), kindOf(place), reasonOf(place), ...columns.map((text) => text(place))]);
  return plainTable("Events, every digit of the run. Orders and levels carry the close of the deciding bar, fills the open of theirs (UTC).", [
    ["Time"], ["Event"], ["Reason"], ["Price", true], ["Raw price", true], ["Quantity", true], ["Fee", true], ["Cash", true],
  ], rows);
}

function scoreTable(trade) {
  const names = Object.keys(market().overview.scores);
  if (!names.length) return [];
  const time = exact.time[placeOf(exact.row, exact.decided[trade])];
  const rows = [names.map((name) => String(exact[`decided_${name}`][trade]))];
  const at = time === undefined ? "the deciding bar" : `the bar that opened at ${stamp(time)}`;
  return [plainTable(`Scores at ${at}, at whose close the position was ordered (threshold ${market().threshold}).`,
    names.map((name) => [name, true]), rows)];
}

function headline(trade) {
  const side = exact.side[trade] > 0 ? "long" : "short";
  const reason = market().reasons[exact.reason[trade]];
  return `Position ${whole(exact.position[trade])}, ${side}: in ${stamp(exact.entry_time[trade])} at ${price(exact.entry_price[trade])}, ` +
    `out ${stamp(exact.exit_time[trade])} at ${price(exact.exit_price[trade])} by ${reason}; ${signed(exact.r[trade], 2)} R, ` +
    `net ${signed(exact.net[trade], 2)}`;
}

function choose(trade) {
  if (trade === undefined || trade < 0 || trade >= exact.position.length) return;
  chosen = trade;
  element("number").value = exact.position[trade];
  element("trade-title").textContent = headline(trade);
  element("trade-events").replaceChildren(eventTable(trade));
  element("trade-scores").replaceChildren(...scoreTable(trade));
  element("previous").disabled = list.beside(trade, -1) === undefined;
  element("next").disabled = list.beside(trade, 1) === undefined;
  list.mark(trade);
  root.dataset.trade = exact.position[trade];
  draw("trade", tradeFigure);
  Plotly.relayout("price", { shapes: chosenSpan() });
}

function showTrades() {
  element("trades-wait").hidden = true;
  const count = exact.position.length;
  element("chosen").hidden = count === 0;
  const own = (name) => (place) => exact[name][place];
  const tone = (name) => (place) => (exact[name][place] > 0 ? "gain" : exact[name][place] < 0 ? "loss" : "");
  const side = (place) => (exact.side[place] > 0 ? "long" : "short");
  const reason = (place) => market().reasons[exact.reason[place]];
  const held = (place) => exact.exit_bar[place] - exact.entry_bar[place];
  const column = (title, value, text, number = true, own_tone = null) => ({ title, value, text, number, tone: own_tone });
  list = pagedTable(element("trade-list"), "Choose a position to see it above; the arrow keys move from row to row.", count, [
    column("Position", own("position"), (k) => whole(exact.position[k]), false),
    column("Side", side, side, false),
    column("In", own("entry_time"), (k) => stamp(exact.entry_time[k]), false),
    column("Out", own("exit_time"), (k) => stamp(exact.exit_time[k]), false),
    column("Reason", reason, reason, false),
    column("Bars", held, (k) => whole(held(k))),
    column("R", own("r"), (k) => signed(exact.r[k], 2), true, tone("r")),
    column("Net", own("net"), (k) => signed(exact.net[k], 2), true, tone("net")),
    column("MAE", own("mae"), (k) => signed(exact.mae[k], 2)),
    column("MFE", own("mfe"), (k) => signed(exact.mfe[k], 2)),
    column("Entry", own("entry_price"), (k) => price(exact.entry_price[k])),
    column("Exit", own("exit_price"), (k) => price(exact.exit_price[k])),
    column("Quantity", own("quantity"), (k) => price(exact.quantity[k])),
    column("Fees", own("fees"), (k) => fixed(exact.fees[k], 2)),
    column("Funding", own("funding"), (k) => fixed(exact.funding[k], 2)),
    column("Legs", own("legs"), (k) => whole(exact.legs[k])),
  ], choose);
  if (count) choose(0);
}

element("previous").addEventListener("click", () => choose(list.beside(chosen, -1)));
element("next").addEventListener("click", () => choose(list.beside(chosen, 1)));
element("number").addEventListener("change", (event) => {
  const place = placeOf(exact.position, Number(event.target.value));
  choose(Math.min(place, exact.position.length - 1));
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey;
  const step = { p: -1, n: 1 }[event.key];
  if (!typing && step && list) choose(list.beside(chosen, step));
});
start();
