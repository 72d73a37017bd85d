import { ptr } from "bun:ffi";
import type { Libc } from "./libc.ts";

const EPOLLIN = 1;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EVENTS_MAX = 1024;
/** The kernel packs an epoll event into 12 bytes on x86-64 (events, data) and pads it to 16 elsewhere. */
const EVENT_WORDS = process.arch === "x64" ? 3 : 4;
const DATA_WORD = process.arch === "x64" ? 1 : 2;
const TICK_MS = 1;
const BREATH_MS = 100;
const BUFFER_BYTES = 2 * 1024 * 1024;

export type Readable = { readonly fd: number; onReadable(): void };

/**
 * The generator's event loop: sockets that need an answer at once are read when they have something;
 * everything else (pacing, sweeping receivers) happens in ticks of a millisecond.
 */
export class LoadLoop {
  readonly libc: Libc;
  /** One buffer for all sockets: what is read is worked off, or only counted, before the next read. */
  readonly buffer = new Uint8Array(BUFFER_BYTES);
  readonly #bufferAddress = ptr(this.buffer);
  readonly #epoll: number;
  readonly #events = new Uint32Array(EVENTS_MAX * EVENT_WORDS);
  readonly #eventsAddress = ptr(this.#events);
  readonly #open = new Set<number>();
  readonly #readables: (Readable | undefined)[] = [];
  readonly #ticks = new Set<(nowMs: number) => void>();

  constructor(libc: Libc) {
    this.libc = libc;
    this.#epoll = libc.epoll_create1(0);
  }

  add(readable: Readable): void {
    this.#open.add(readable.fd);
    this.#readables[readable.fd] = readable;
    this.#control(EPOLL_CTL_ADD, readable.fd);
  }

  /** No longer watched, still open: its owner reads it in a tick. */
  detach(fd: number): void {
    this.#readables[fd] = undefined;
    this.#control(EPOLL_CTL_DEL, fd);
  }

  close(fd: number): void {
    this.#readables[fd] = undefined;
    this.#open.delete(fd);
    this.libc.close(fd);
  }

  /** Ends the load: closes every socket and forgets every tick. */
  closeAll(): void {
    for (const fd of this.#open) this.libc.close(fd);
    this.#open.clear();
    this.#readables.length = 0;
    this.#ticks.clear();
  }

  /** Reads into `buffer` from `offset` on, behind what a socket carried over from its last read. */
  receive(fd: number, offset = 0): number {
    return this.libc.receive(fd, this.#bufferAddress + offset, BUFFER_BYTES - offset);
  }

  receiveBlocking(fd: number): number {
    return this.libc.receiveBlocking(fd, this.#bufferAddress, BUFFER_BYTES);
  }

  onTick(tick: (nowMs: number) => void): () => void {
    this.#ticks.add(tick);
    return () => this.#ticks.delete(tick);
  }

  async runFor(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    await this.runUntil(() => performance.now() >= end, `${milliseconds} ms`, milliseconds + 1000);
  }

  /** Runs until `isDone`, or throws naming `what` after `limitMs`. Lets signals and timers through. */
  async runUntil(isDone: () => boolean, what: string, limitMs: number): Promise<void> {
    const start = performance.now();
    let nextTick = start;
    let nextBreath = start + BREATH_MS;
    while (!isDone()) {
      this.#dispatch();
      const now = performance.now();
      if (now - start > limitMs) throw new Error(`not done within ${limitMs} ms: ${what}`);
      if (now >= nextTick) nextTick = this.#tick(now);
      if (now >= nextBreath) nextBreath = await breathe();
    }
  }

  #dispatch(): void {
    const count = this.libc.epoll_wait(this.#epoll, this.#eventsAddress, EVENTS_MAX, TICK_MS);
    for (let index = 0; index < count; index++) {
      const fd = this.#events[index * EVENT_WORDS + DATA_WORD] as number;
      this.#readables[fd]?.onReadable();
    }
  }

  #tick(now: number): number {
    for (const tick of this.#ticks) tick(now);
    return now + TICK_MS;
  }

  #control(operation: number, fd: number): void {
    const event = new Uint32Array(EVENT_WORDS);
    event[0] = EPOLLIN;
    event[DATA_WORD] = fd;
    this.libc.epoll_ctl(this.#epoll, operation, fd, ptr(event));
  }
}

async function breathe(): Promise<number> {
  await Bun.sleep(0);
  return performance.now() + BREATH_MS;
}
