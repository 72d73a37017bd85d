import { AddressPace } from "./address-pace.ts";
import type { Connection } from "./connection.ts";

/** How many are passed over, since their addresses have to wait, until it is nobody's turn: a turn costs no more with more connections. */
const looksMax = 64;

/** The connections that a drain has still to tell, each at a random place. */
export class DrainOrder {
  readonly #random: () => number;
  readonly #addresses: AddressPace;
  readonly #waiting: Connection[] = [];
  readonly #places = new Map<Connection, number>();
  #next = 0;

  /** `random`: in [0, 1). */
  constructor(random: () => number, turnMs: number) {
    this.#random = random;
    this.#addresses = new AddressPace(turnMs);
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** One step of a Fisher–Yates shuffle. */
  add(connection: Connection): void {
    const last = this.#waiting.length;
    const place = Math.floor(this.#random() * (last + 1));
    const displaced = this.#waiting[place];
    if (displaced !== undefined) this.#put(displaced, last);
    this.#put(connection, place);
    this.#addresses.add(connection.address);
  }

  remove(connection: Connection): void {
    const place = this.#places.get(connection);
    if (place === undefined) return;
    this.#places.delete(connection);
    this.#addresses.remove(connection.address);
    const last = this.#waiting.pop();
    if (last !== undefined && last !== connection) this.#put(last, place);
  }

  /** Takes out whose turn it is; undefined is nobody. Within `windowMs` all should have had theirs. */
  take(time: number, windowMs: number): Connection | undefined {
    const looks = Math.min(looksMax, this.#waiting.length);
    for (let look = 0; look < looks; look += 1) {
      const connection = this.#look();
      if (connection === undefined) return undefined;
      if (this.#addresses.take(connection.address, time, windowMs)) {
        this.remove(connection);
        return connection;
      }
      this.#next += 1;
    }
    return undefined;
  }

  /** Takes out everybody, whoever's turn it is. */
  takeAll(): Connection[] {
    const all = [...this.#waiting];
    for (const connection of all) this.remove(connection);
    return all;
  }

  #look(): Connection | undefined {
    if (this.#next >= this.#waiting.length) this.#next = 0;
    return this.#waiting[this.#next];
  }

  #put(connection: Connection, place: number): void {
    this.#waiting[place] = connection;
    this.#places.set(connection, place);
  }
}
