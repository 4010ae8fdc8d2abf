"use strict";
// What the pages of runs and of sweeps share: data, colours, drawings, tables.

const page = JSON.parse(document.getElementById("page-data").textContent);
const root = document.documentElement;
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const CONFIG = {
  displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"],
};
const makers = new Map(); // id of a drawing → the function that makes it in the colours of now
const hiddenIn = new Map(); // id of a drawing → names of what is hidden in it

const element = (id) => document.getElementById(id);
const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
const nextFrame = () => new Promise((done) => requestAnimationFrame(() => done()));

// --- drawings ------------------------------------------------------------------------------------

function axis(changes) {
  const line = colour("line");
  return { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true, ...changes };
}

function layoutOf(changes) {
  return {
    paper_bgcolor: colour("ground"), plot_bgcolor: colour("ground"),
    font: { color: colour("ink"), family: "system-ui, sans-serif", size: 12 },
    hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("line"), font: { color: colour("ink") } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("quiet"), activecolor: colour("accent") },
    margin: { l: 56, r: 12, t: 34, b: 36 }, uirevision: "kept", showlegend: false,
    ...changes,
  };
}

function draw(id, make) {
  makers.set(id, make);
  return drawAgain(id);
}

function drawAgain(id) {
  const figure = makers.get(id)();
  const hidden = hiddenIn.get(id) ?? new Set();
  for (const trace of figure.data) trace.visible = !hidden.has(trace.name);
  showLegend(id, figure.data, hidden);
  return Plotly.react(id, figure.data, figure.layout, CONFIG);
}

// Below its drawing, as buttons: within reach of the keyboard, and never over the drawing.
function showLegend(id, traces, hidden) {
  const named = traces.filter((trace) => trace.name);
  if (named.length < 2) return;
  let host = element(`${id}-legend`);
  if (!host) {
    host = document.createElement("p");
    host.id = `${id}-legend`;
    host.className = "legend";
    element(id).after(host);
  }
  const names = named.map((trace) => trace.name).join();
  if (host.dataset.names !== names) {
    host.dataset.names = names;
    host.replaceChildren(...named.map((trace) => legendButton(id, trace.name)));
  }
  named.forEach((trace, k) => showKey(host.children[k], trace, !hidden.has(trace.name)));
}

function legendButton(id, name) {
  const button = document.createElement("button");
  button.type = "button";
  const key = document.createElement("span");
  key.setAttribute("aria-hidden", "true");
  button.append(key, name);
  button.addEventListener("click", () => {
    const hidden = hiddenIn.get(id) ?? hiddenIn.set(id, new Set()).get(id);
    if (!hidden.delete(name)) hidden.add(name);
    drawAgain(id);
  });
  return button;
}

function showKey(button, trace, shown) {
  const first = (value) => (Array.isArray(value) ? value[0] : value);
  const dots = trace.mode === "markers";
  const filled = dots || trace.type === "bar";
  const glyphs = {
    "triangle-up": "▲", "triangle-down": "▼", "x-thin-open": "✕", x: "✕", circle: "●", diamond: "◆",
  };
  const key = button.firstChild;
  key.textContent = filled ? glyphs[first(trace.marker.symbol)] ?? "●" : trace.type === "candlestick" ? "▮" : trace.line?.dash ? "┅" : "━";
  key.style.color = (filled ? first(trace.marker.color) : trace.line?.color) ?? colour("ink");
  button.setAttribute("aria-pressed", String(shown));
}

// Domains keep their colours from one drawing to the next.
function lineColour(place) {
  const dark = isDark();
  const light = ["#0b5cad", "#9a6700", "#8250df", "#116932", "#b3202c", "#0e7490", "#a0337b"];
  const bright = ["#6cb2ff", "#e3b341", "#c297ff", "#4cc26f", "#ff7b80", "#4dd0e1", "#f29ad0"];
  return (dark ? bright : light)[place % light.length];
}

// --- light and dark ------------------------------------------------------------------------------

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches;
}

function showTheme() {
  const button = element("theme");
  button.setAttribute("aria-pressed", String(isDark()));
  for (const id of makers.keys()) drawAgain(id);
}

element("theme").setAttribute("aria-pressed", String(isDark()));
element("theme").addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  showTheme();
});
prefersDark.addEventListener("change", showTheme);

// --- numbers and times ---------------------------------------------------------------------------

const whole = (value) => value.toLocaleString("en-US");
const fixed = (value, digits) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const signed = (value, digits) => (value > 0 ? "+" : "") + fixed(value, digits);
const stamp = (time) => new Date(time).toISOString().slice(0, 16).replace("T", " ");
const price = (value) => value.toLocaleString("en-US", { maximumSignificantDigits: 7 });

// --- tables --------------------------------------------------------------------------------------

function sortedPlaces(count, value, ascending) {
  const keys = Array.from({ length: count }, (_, place) => value(place));
  const places = keys.map((_, place) => place);
  const sign = ascending ? 1 : -1;
  // What has no value stays at the end; equal values keep their order.
  places.sort((a, b) => {
    const [x, y] = [keys[a], keys[b]];
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    return sign * (x < y ? -1 : x > y ? 1 : 0) || a - b;
  });
  return places;
}

function sortButton(cell, sort) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = cell.textContent;
  cell.replaceChildren(button);
  button.addEventListener("click", () => {
    const ascending = cell.getAttribute("aria-sort") === "descending" || !cell.hasAttribute("aria-sort");
    const down = cell.classList.contains("number") && !cell.hasAttribute("aria-sort");
    for (const other of cell.parentElement.children) other.removeAttribute("aria-sort");
    const up = down ? false : ascending;
    cell.setAttribute("aria-sort", up ? "ascending" : "descending");
    sort(up);
  });
}

function valueOfCell(cell) {
  if (!("value" in cell.dataset)) return cell.textContent;
  return cell.dataset.value === "" ? null : Number(cell.dataset.value);
}

function makeSortable(table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const first = rows[0]?.cells[column];
    if (first?.tagName === "TD" && "value" in first.dataset) cell.classList.add("number");
    sortButton(cell, (up) => {
      const value = (place) => valueOfCell(rows[place].cells[column]);
      body.append(...sortedPlaces(rows.length, value, up).map((place) => rows[place]));
    });
  });
}

document.querySelectorAll("table.sortable").forEach(makeSortable);

function emptyTable(caption) {
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  const table = document.createElement("table");
  const text = document.createElement("span");
  text.textContent = caption;
  table.createCaption().append(text);
  scroll.append(table);
  return { scroll, table };
}

// A table of any length, some rows at a time. columns: title, value(place), text(place), number,
// tone(place). choose: called with the place of a row that is chosen.
function pagedTable(host, caption, count, columns, choose, size = 25) {
  let places = Array.from({ length: count }, (_, place) => place);
  let start = 0;
  let chosen = null;
  const { scroll, table } = emptyTable(caption);
  table.className = choose ? "choosable" : "";
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = column.title;
    if (column.number) cell.className = "number";
    head.append(cell);
    sortButton(cell, (up) => {
      places = sortedPlaces(count, column.value, up);
      show(0);
    });
  }
  const body = table.createTBody();
  const steps = document.createElement("p");
  steps.className = "controls";
  const [earlier, later] = ["Earlier rows", "Further rows"].map((text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    return button;
  });
  const where = document.createElement("span");
  where.className = "note";
  where.setAttribute("aria-live", "polite");
  steps.append(earlier, later, where);
  earlier.addEventListener("click", () => show(start - size));
  later.addEventListener("click", () => show(start + size));
  host.replaceChildren(scroll, steps);

  function rowOf(place) {
    const row = document.createElement("tr");
    columns.forEach((column, k) => {
      const cell = document.createElement(k === 0 ? "th" : "td");
      if (column.number) cell.className = "number";
      const tone = column.tone ? column.tone(place) : "";
      if (tone) cell.classList.add(tone);
      if (k === 0 && choose) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = column.text(place);
        cell.append(button);
      } else cell.textContent = column.text(place);
      row.append(cell);
    });
    row.dataset.place = place;
    if (place === chosen) row.setAttribute("aria-current", "true");
    if (choose) row.addEventListener("click", () => choose(place));
    return row;
  }

  function show(from) {
    start = Math.max(0, Math.min(from, Math.floor(Math.max(count - 1, 0) / size) * size));
    const shown = places.slice(start, start + size);
    body.replaceChildren(...shown.map(rowOf));
    where.textContent = count ? `${whole(start + 1)} to ${whole(start + shown.length)} of ${whole(count)}` : "None.";
    earlier.disabled = start === 0;
    later.disabled = start + size >= count;
  }

  body.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...body.querySelectorAll("button")];
    const target = buttons[buttons.indexOf(document.activeElement) + step];
    if (target) target.focus();
    event.preventDefault();
  });
  show(0);
  return {
    mark(place) {
      chosen = place;
      const at = places.indexOf(place);
      if (at < start || at >= start + size) show(Math.floor(at / size) * size);
      for (const row of body.rows) {
        if (Number(row.dataset.place) === place) row.setAttribute("aria-current", "true");
        else row.removeAttribute("aria-current");
      }
    },
    // The neighbour of a row in the order that is shown.
    beside: (place, step) => places[places.indexOf(place) + step],
  };
}

// --- packed arrays -------------------------------------------------------------------------------

const ARRAYS = { float64: Float64Array, float32: Float32Array, int32: Int32Array, uint8: Uint8Array, int8: Int8Array };

async function unpacked(packed) {
  const text = atob(packed.data);
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = text.charCodeAt(k);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const kind = ARRAYS[packed.type];
  const size = kind.BYTES_PER_ELEMENT;
  const count = planes.length / size;
  const joined = new Uint8Array(planes.length);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < count; i++) joined[i * size + k] = planes[k * count + i];
  }
  return new kind(joined.buffer);
}

function running(steps, first) {
  const values = new Float64Array(steps.length);
  let sum = first;
  for (let k = 0; k < steps.length; k++) values[k] = sum += steps[k];
  return values;
}

async function unpackedWhole(packed) {
  return running(await unpacked(packed), packed.first);
}

// Open, high, low and close, bit by bit those of the run's data.
async function unpackedPrices(packed) {
  const names = ["open", "high", "low", "close"];
  const [open, high, low, close] = await Promise.all(names.map((name) => unpacked(packed[name])));
  if (!("scale" in packed.open)) return { open, high, low, close };
  const scale = packed.open.scale;
  const found = Object.fromEntries(names.map((name) => [name, new Float64Array(open.length)]));
  let before = packed.open.first;
  for (let k = 0; k < open.length; k++) {
    const start = before + open[k];
    before = start + close[k];
    found.open[k] = start / scale;
    found.high[k] = (start + high[k]) / scale;
    found.low[k] = (start + low[k]) / scale;
    found.close[k] = before / scale;
  }
  return found;
}
