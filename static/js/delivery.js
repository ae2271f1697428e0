// The plots of the delivery page: calls by outcome and time to the answer, drawn by uPlot from the page's own figures.
// Colours come from the keys under each plot, so that they follow the theme, and words from the data of its box; the table
// below has the same figures.

const LANGUAGE = document.documentElement.lang || "en-GB";
const HEIGHT = 190;
const STACK = ["unknown", "not_sent", "refused", "succeeded"]; // from the top down, as they are drawn

let plots = [];
let drawn = null; // the element whose figures the plots show: each refresh brings a new one

function figures() {
  drawn = document.getElementById("plot-data");
  return drawn ? JSON.parse(drawn.textContent) : null;
}

function colourOf(key) {
  return getComputedStyle(document.querySelector(`[data-plot-key="${key}"]`), "::before").backgroundColor;
}

function clock(zone) {
  const format = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", timeZone: zone });
  return (seconds) => format.format(new Date(seconds * 1000));
}

function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "—";
  if (milliseconds < 1000) return `${milliseconds} ms`;
  return `${new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: milliseconds < 10_000 ? 1 : 0, useGrouping: false }).format(milliseconds / 1000)} s`;
}

function stacked(outcomes) {
  // Each column is drawn up to its own top; one without a call of its own is not drawn at all.
  const columns = {};
  const sums = outcomes.succeeded.map(() => 0);
  for (const name of [...STACK].reverse()) {
    columns[name] = outcomes[name].map((calls, index) => {
      sums[index] += calls;
      return calls > 0 ? sums[index] : null;
    });
  }
  return STACK.map((name) => columns[name]);
}

function axes(box, time, values) {
  const style = getComputedStyle(box);
  const common = {
    stroke: style.color,
    font: `11px ${style.fontFamily}`,
    grid: { stroke: style.borderTopColor, width: 1 },
    ticks: { show: false },
  };
  return [
    { ...common, grid: { show: false }, space: 70, size: 26, values: (_plot, splits) => splits.map(time) },
    { ...common, size: 46, space: 36, ...values },
  ];
}

// A line shows a point only where it has no neighbour to be drawn to.
function alone(plot, series) {
  const values = plot.data[series];
  return values.flatMap((value, index) => (value !== null && values[index - 1] == null && values[index + 1] == null ? [index] : []));
}

function readout(name, text) {
  const element = document.querySelector(`[data-plot-readout="${name}"]`);
  if (element.textContent !== text) element.textContent = text;
}

function make(box, data, columns, series, yAxis, words) {
  const time = clock(data.zone);
  const name = box.dataset.plot;
  const options = {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: "delivery" } },
    scales: {
      x: { range: () => [data.starts[0], data.starts.at(-1) + data.step] },
      y: { range: (_plot, _low, high) => [0, Math.max(high ?? 0, yAxis.least) * 1.08] },
    },
    series: [{}, ...series],
    axes: axes(box, time, yAxis.axis),
    hooks: {
      setCursor: [
        (plot) => {
          const index = plot.cursor.idx;
          const start = index === null || index === undefined ? undefined : data.starts[index];
          readout(name, start === undefined ? "" : `${time(start)}–${time(start + data.step)}: ${words(index)}`);
        },
      ],
    },
  };
  box.replaceChildren();
  return new uPlot(options, [data.starts, ...columns], box);
}

function outcomePlot(box, data) {
  const bars = uPlot.paths.bars({ size: [0.82, 40], align: 1 });
  const series = STACK.map((name) => ({ fill: colourOf(name), stroke: colourOf(name), width: 0, paths: bars, points: { show: false } }));
  const words = (index) => {
    const parts = [...STACK]
      .reverse()
      .map((name) => [data.outcomes[name][index], box.getAttribute(`data-say-${name}`)])
      .filter(([calls]) => calls > 0);
    return parts.map(([calls, word]) => `${calls} ${word}`).join(", ") || box.dataset.sayNone;
  };
  const whole = { axis: { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000] }, least: 4 };
  return make(box, data, stacked(data.outcomes), series, whole, words);
}

function latencyPlot(box, data) {
  const line = (name, more) => ({ stroke: colourOf(name), width: 2, points: { show: true, size: 6, fill: colourOf(name), filter: alone }, ...more });
  const series = [line("p50", {}), line("p95", { dash: [5, 4] })];
  const words = (index) => (data.p50[index] === null ? box.dataset.sayNone : box.dataset.saySome.replace("{median}", duration(data.p50[index])).replace("{most}", duration(data.p95[index])));
  const milliseconds = { axis: { values: (_plot, splits) => splits.map(duration) }, least: 10 };
  return make(box, data, [data.p50, data.p95], series, milliseconds, words);
}

function draw() {
  for (const plot of plots) plot.destroy();
  plots = [];
  const data = figures();
  const outcomes = document.querySelector('[data-plot="outcomes"]');
  const latency = document.querySelector('[data-plot="latency"]');
  if (data && outcomes && latency) plots = [outcomePlot(outcomes, data), latencyPlot(latency, data)];
}

function fit() {
  for (const plot of plots) {
    const width = plot.root.parentElement.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  }
}

if (document.getElementById("plots")) {
  document.fonts.ready.then(draw);
  new ResizeObserver(fit).observe(document.getElementById("plots"));
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.addEventListener("htmx:after:swap", () => {
    if (document.getElementById("plot-data") !== drawn) draw();
  });
  document.getElementById("plot-account").addEventListener("change", (event) => event.target.form.requestSubmit());
}
