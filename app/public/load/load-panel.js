import { adviceFor } from "./limit-advice.js";
import { LoadChart } from "./load-chart.js";
import { LoadRun } from "./load-run.js";

const everyMs = 1000;

/** Puts load on the server from this browser, and shows what it makes of it. */
export class LoadPanel {
  #elements;
  #getTarget;
  #rates;
  #latencies;
  /** @type {LoadRun | null} */
  #run = null;
  #timer = 0;
  #drawnAt = 0;

  /** @param {Record<string, any>} elements @param {() => { url: string, token: string }} getTarget */
  constructor(elements, getTarget) {
    this.#elements = elements;
    this.#getTarget = getTarget;
    const { deliveredChart, latencyChart, load, stopLoad } = elements;
    this.#rates = new LoadChart(deliveredChart, {
      label: "Delivered per second",
      series: ["rate"],
      unit: "/s",
    });
    this.#latencies = new LoadChart(latencyChart, { label: "Latency", series: ["p99", "p50"], unit: "ms" });
    load.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    stopLoad.addEventListener("click", () => this.#stop());
  }

  #start() {
    this.#run?.stop();
    const { loadSockets, loadRate, loadRoom } = this.#elements;
    const plan = {
      sockets: loadSockets.valueAsNumber,
      perSecond: loadRate.valueAsNumber,
      room: loadRoom.value,
    };
    this.#run = new LoadRun({ ...this.#getTarget(), ...plan });
    for (const chart of [this.#rates, this.#latencies]) chart.clear();
    this.#drawnAt = performance.now();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#draw(), everyMs);
    this.#draw();
  }

  /** First it sends no more and waits for what is under way; a second press ends that too. */
  #stop() {
    if (this.#run?.isSending) this.#run.pause();
    else this.#end();
    this.#draw();
  }

  #end() {
    this.#run?.stop();
    this.#run = null;
    clearInterval(this.#timer);
  }

  #draw() {
    const run = this.#run;
    this.#drawButtons(run);
    if (run === null) return;
    const { count, p50, p99 } = run.latencies.take();
    const now = performance.now();
    const rate = Math.round((count * 1000) / Math.max(1, now - this.#drawnAt));
    this.#drawnAt = now;
    this.#rates.add([rate]);
    this.#latencies.add([p99, p50]);
    this.#drawFigures(run, { rate, p50, p99 });
    this.#drawLimit(run.limit);
    if (!run.isSending && run.ledger.awaited === 0) this.#end();
    this.#drawButtons(this.#run);
  }

  #drawFigures({ live, sent, ledger }, { rate, p50, p99 }) {
    const figures = {
      loadLive: live,
      loadSent: sent,
      loadDelivered: ledger.delivered,
      loadPerSecond: rate,
      loadP50: describeMs(p50),
      loadP99: describeMs(p99),
      loadAwaited: ledger.awaited,
      loadLost: ledger.lost,
      loadDuplicates: ledger.duplicates,
    };
    for (const [id, value] of Object.entries(figures)) this.#elements[id].textContent = String(value);
    for (const id of ["loadLost", "loadDuplicates"])
      this.#elements[id].dataset.state = figures[id] === 0 ? "" : "bad";
  }

  /** @param {string} code */
  #drawLimit(code) {
    const { loadLimit, limitCode, limitAdvice, limitCommand } = this.#elements;
    const advice = adviceFor(code);
    loadLimit.hidden = code === "";
    if (code === "" || limitCode.textContent === code) return;
    limitCode.textContent = code;
    limitAdvice.textContent =
      advice === null ? "" : ` – ${advice.variable} says ${advice.meaning}. 0 lifts it:`;
    limitCommand.textContent = advice?.command ?? "";
    limitCommand.hidden = advice === null;
  }

  #drawButtons(run) {
    const { startLoad, stopLoad } = this.#elements;
    startLoad.disabled = run !== null;
    stopLoad.disabled = run === null;
    stopLoad.textContent = run?.isSending === false ? "Stop waiting" : "Stop";
  }
}

/** @param {number | null} ms */
const describeMs = (ms) => (ms === null ? "–" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`);
