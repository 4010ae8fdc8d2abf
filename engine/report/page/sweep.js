// The page of a sweep: heat maps of any two keys, the winner's neighbours, all scores.

let maps = []; // of every pair of keys
const chosenIn = (id) => element(id).value;
const varying = page.keys.map((_, place) => place).filter((place) => page.values[place].length > 1);

function fill(id, options, selected) {
  element(id).replaceChildren(...options.map(([value, text]) => new Option(text, value, false, value === selected)));
}

// --- heat maps -----------------------------------------------------------------------------------

const turned = (rows) => rows[0].map((_, column) => rows.map((row) => row[column]));

function gridOf(x, y, measure, kind) {
  const pair = maps.find((each) => each.x === Math.min(x, y) && each.y === Math.max(x, y));
  const rows = pair.grids[measure][kind];
  return x < y ? rows : turned(rows);
}

function mapFigure() {
  const [x, y] = [Number(chosenIn("across")), Number(chosenIn("up"))];
  const measure = chosenIn("measure");
  const rows = gridOf(x, y, measure, chosenIn("kind"));
  const percent = ["net_return", "max_drawdown"].includes(measure);
  const text = rows.map((row) => row.map((value) =>
    value === null ? "" : percent ? `${(100 * value).toFixed(1)}%` : measure === "trades" ? whole(value) : value.toFixed(3)));
  const [column, row] = [page.winner[x], page.winner[y]];
  const ends = [colour("raised"), colour("accent")];
  return {
    data: [{
      type: "heatmap", z: rows, x: page.values[x], y: page.values[y], text, xgap: 2, ygap: 2, hoverongaps: false,
      texttemplate: rows.length * rows[0].length <= 150 ? "%{text}" : "",
      colorscale: [[0, measure === "max_drawdown" ? ends[1] : ends[0]], [1, measure === "max_drawdown" ? ends[0] : ends[1]]],
      hovertemplate: `${page.keys[x]} %{x}<br>${page.keys[y]} %{y}<br>${measure} %{text}<extra></extra>`,
      colorbar: { thickness: 12, tickformat: percent ? ".0%" : "" },
    }],
    layout: layoutOf({
      uirevision: `${x}-${y}`,
      xaxis: axis({ type: "category", title: { text: page.keys[x] } }),
      yaxis: axis({ type: "category", title: { text: page.keys[y] } }),
      shapes: [{
        type: "rect", x0: column - 0.5, x1: column + 0.5, y0: row - 0.5, y1: row + 0.5,
        line: { color: colour("loss"), width: 3 },
      }],
    }),
  };
}

// The same key on both axes says nothing: the other one gives way.
function onChoice(event) {
  const [x, y] = [chosenIn("across"), chosenIn("up")];
  if (x === y) {
    const other = element(event.target.id === "across" ? "up" : "across");
    other.value = String(varying.find((place) => String(place) !== x));
  }
  draw("map", mapFigure);
}

// --- the others ----------------------------------------------------------------------------------

function winnerLine(across) {
  const own = page.score;
  return {
    type: "line", line: { color: colour("loss"), width: 2, dash: "dash" },
    ...(across ? { xref: "paper", x0: 0, x1: 1, y0: own, y1: own } : { yref: "paper", y0: 0, y1: 1, x0: own, x1: own }),
  };
}

function neighbourFigure() {
  const keys = [...new Set(page.neighbours.map((each) => each.key))];
  const data = keys.map((key, place) => {
    const own = page.neighbours.filter((each) => each.key === key);
    const short = key.slice(key.lastIndexOf(".") + 1);
    return {
      type: "bar", name: short, x: own.map((each) => `${short} ${each.value}`), y: own.map((each) => each.score),
      marker: { color: lineColour(place) },
      hovertemplate: "%{x}: score %{y:.4f}<extra></extra>",
    };
  });
  return { data, layout: layoutOf({
    shapes: [winnerLine(true)], xaxis: axis({ type: "category", showticklabels: root.clientWidth > 640 }),
    yaxis: axis({ title: { text: "Score" } }), bargap: 0.3,
  }) };
}

function scoreFigure() {
  const { x, y, width } = page.histogram;
  return { data: [{
    type: "bar", x, y, width, marker: { color: colour("accent") }, hovertemplate: "score %{x:.3f}: %{y} points<extra></extra>",
  }], layout: layoutOf({
    shapes: [winnerLine(false)], xaxis: axis({ title: { text: "Score" } }), yaxis: axis({ title: { text: "Points" } }),
  }) };
}

async function start() {
  if (document.readyState === "loading") {
    await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  }
  maps = JSON.parse(element("maps").textContent);
  const some = varying.length > 1;
  element("map").hidden = element("heat-controls").hidden = !some;
  if (some) {
    const keys = varying.map((place) => [String(place), page.keys[place]]);
    fill("across", keys, keys[0][0]);
    fill("up", keys, keys[1][0]);
    fill("measure", page.measures.map((name) => [name, name]), "score");
    fill("kind", page.kinds.map((name) => [name, name]), "median");
    for (const id of ["across", "up", "measure", "kind"]) element(id).addEventListener("change", onChoice);
    await draw("map", mapFigure);
  }
  element("neighbours").hidden = !page.neighbours.length;
  if (page.neighbours.length) await draw("neighbours", neighbourFigure);
  await draw("scores", scoreFigure);
  root.dataset.ready = "yes";
}
start();
