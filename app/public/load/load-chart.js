const namespace = "http://www.w3.org/2000/svg";
const [width, height] = [300, 80];
const pointsMax = 60;

/** One minute of one or more series as lines, drawn to the highest value that is in sight. */
export class LoadChart {
  #lines;
  #top;
  /** @type {(number | null)[][]} */
  #points = [];

  /** @param {HTMLElement} figure @param {{ label: string, series: readonly string[], unit: string }} options */
  constructor(figure, { label, series, unit }) {
    const svg = document.createElementNS(namespace, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${label}, the last minute`);
    this.#lines = series.map((name) => makeLine(svg, name));
    this.#top = document.createElement("span");
    this.#top.className = "chart-top";
    this.unit = unit;
    figure.append(svg, this.#top);
  }

  /** @param {readonly (number | null)[]} values one of each series */
  add(values) {
    this.#points.push([...values]);
    if (this.#points.length > pointsMax) this.#points.shift();
    this.#draw();
  }

  clear() {
    this.#points = [];
    this.#draw();
  }

  #draw() {
    const top = roundUp(Math.max(1, ...this.#points.flat().map((value) => value ?? 0)));
    this.#top.textContent = this.#points.length === 0 ? "" : `${top} ${this.unit}`;
    for (const [index, line] of this.#lines.entries())
      line.setAttribute(
        "points",
        this.#points.map((point, at) => this.#place(point[index], at, top)).join(" "),
      );
  }

  #place(value, at, top) {
    const x = ((at + pointsMax - this.#points.length) / (pointsMax - 1)) * width;
    return `${x.toFixed(1)},${(height - ((value ?? 0) / top) * (height - 4) - 2).toFixed(1)}`;
  }
}

function makeLine(svg, name) {
  const line = document.createElementNS(namespace, "polyline");
  line.setAttribute("class", `line ${name}`);
  svg.append(line);
  return line;
}

/** To 1, 2 or 5 times a power of ten. @param {number} value */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}
