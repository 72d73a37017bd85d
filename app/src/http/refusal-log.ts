import type { Clock } from "../chat/clock.ts";
import type { Log, LogFields } from "../telemetry/log.ts";

const linesPerSecond = 10;

/** Tells of refused handshakes without letting those who are refused fill the disk: a flood is only counted. */
export class RefusalLog {
  readonly #log: Log;
  readonly #clock: Pick<Clock, "now">;
  #second = 0;
  #lines = 0;
  #unlogged = 0;

  constructor(log: Log, clock: Pick<Clock, "now">) {
    this.#log = log;
    this.#clock = clock;
  }

  note(fields: LogFields): void {
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) this.#lines = 0;
    this.#second = second;
    if (this.#lines === linesPerSecond) {
      this.#unlogged += 1;
      return;
    }
    this.#lines += 1;
    this.#log.info(
      "handshake.refused",
      this.#unlogged > 0 ? { ...fields, unlogged: this.#unlogged } : fields,
    );
    this.#unlogged = 0;
  }
}
