import { type Clock, systemClock } from "../chat/clock.ts";
import { slotOfKey } from "./key-slot.ts";
import type { Question } from "./redis-call-queue.ts";
import type { RedisNode } from "./redis-node.ts";
import { answerMs } from "./redis-pipe.ts";
import { readRedirection } from "./redis-topology.ts";

/** A slot that is on its way is looked at so often. */
const pauseMs = 20;
const heldMaxDefault = 10_000;

interface ClusterMap {
  /** Null: nobody has it, as far as is known. */
  nodeAt(slot: number): RedisNode | null;
  /** A node has said that the slot is elsewhere. */
  moved(slot: number, address: string): void;
}

interface Asked {
  readonly question: Question;
  readonly about: string;
  readonly isUrgent: boolean;
  readonly slot: number;
  /** Ascending. */
  readonly number: number;
  readonly deadline: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Sends each call to the node that has its slot. Only what a node has refused because of its slot is sent again, since
 * nothing was done: never what has no known outcome. A slot that was refused is held until all that was asked about it has
 * come back, and then goes on in the order of asking; for no longer than an answer may take.
 */
export class RedisClusterCalls {
  readonly #map: ClusterMap;
  readonly #heldMax: number;
  readonly #clock: Clock;
  /** Calls under way, by slot. */
  readonly #underWay = new Map<number, number>();
  readonly #held = new Map<number, Asked[]>();
  #heldCount = 0;
  #asked = 0;
  #unsettled = 0;
  #onIdle: (() => void) | null = null;

  constructor(map: ClusterMap, heldMax = heldMaxDefault, clock = systemClock) {
    this.#map = map;
    this.#heldMax = heldMax;
    this.#clock = clock;
  }

  call(about: string, question: Question, isUrgent = false): Promise<unknown> {
    this.#unsettled += 1;
    return this.#ask(about, question, isUrgent).finally(() => this.#settled());
  }

  #ask(about: string, question: Question, isUrgent: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#asked += 1;
      const deadline = this.#clock.monotonic() + answerMs;
      const slot = slotOfKey(about);
      const asked = { question, about, isUrgent, slot, number: this.#asked, deadline, resolve, reject };
      if (this.#held.has(slot)) this.#hold(asked);
      else this.#send(asked);
    });
  }

  /** Resolves when everything is settled; call it once. */
  idle(): Promise<void> {
    if (this.#unsettled === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #settled(): void {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) this.#onIdle?.();
  }

  #send(asked: Asked): void {
    const { slot, about, question, isUrgent } = asked;
    const node = this.#map.nodeAt(slot);
    if (node === null) return asked.reject(new Error("no node of the cluster has this slot"));
    this.#underWay.set(slot, (this.#underWay.get(slot) ?? 0) + 1);
    node.call(about, question, isUrgent).then(
      (answer) => {
        asked.resolve(answer);
        this.#cameBack(slot);
      },
      (error) => {
        this.#refused(asked, node, error as Error);
        this.#cameBack(slot);
      },
    );
  }

  #refused(asked: Asked, { address }: RedisNode, error: Error): void {
    const redirection = readRedirection(error, address);
    if (redirection === null) return asked.reject(error);
    if (redirection.kind === "moved") this.#map.moved(redirection.slot, redirection.address);
    this.#hold(asked);
  }

  #hold(asked: Asked): void {
    if (this.#heldCount >= this.#heldMax) return asked.reject(new Error("too much waits for a slot"));
    this.#heldCount += 1;
    const held = this.#held.get(asked.slot);
    if (held === undefined) this.#held.set(asked.slot, [asked]);
    else held.push(asked);
  }

  #cameBack(slot: number): void {
    const left = (this.#underWay.get(slot) ?? 1) - 1;
    if (left > 0) return void this.#underWay.set(slot, left);
    this.#underWay.delete(slot);
    if (this.#held.has(slot)) this.#clock.after(pauseMs, () => this.#release(slot));
  }

  #release(slot: number): void {
    const held = this.#held.get(slot) ?? [];
    this.#held.delete(slot);
    this.#heldCount -= held.length;
    const now = this.#clock.monotonic();
    const waiting = held.filter(({ deadline }) => deadline > now);
    for (const asked of held) if (asked.deadline <= now) asked.reject(new Error("its slot is on its way"));
    if (waiting.length > 0) this.#goOn(slot, waiting);
  }

  #goOn(slot: number, waiting: Asked[]): void {
    if (this.#map.nodeAt(slot)?.isPrepared === true) {
      for (const asked of waiting.sort((one, other) => one.number - other.number)) this.#send(asked);
      return;
    }
    this.#held.set(slot, waiting);
    this.#heldCount += waiting.length;
    this.#clock.after(pauseMs, () => this.#release(slot));
  }
}
