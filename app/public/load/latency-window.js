/** More would not change a percentile that one sees. */
const samplesMax = 5000;

/** Latencies of the last interval, in ms. */
export class LatencyWindow {
  /** @type {number[]} */
  #samples = [];
  #count = 0;

  /** Past `samplesMax` a random one makes room, so that all of the interval is spoken for. @param {number} ms */
  add(ms) {
    this.#count += 1;
    if (this.#samples.length < samplesMax) this.#samples.push(ms);
    else if (Math.random() < samplesMax / this.#count)
      this.#samples[Math.floor(Math.random() * samplesMax)] = ms;
  }

  /** Begins the next interval. */
  take() {
    const sorted = this.#samples.sort((one, other) => one - other);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
    const taken = { count: this.#count, p50: at(0.5), p99: at(0.99) };
    this.#samples = [];
    this.#count = 0;
    return taken;
  }
}
