import type { Connection } from "./connection.ts";
import { HoldlineError } from "./errors.ts";
import type { JoinAnswer, Position } from "./wire.ts";

/** A room as the joiner sees it. */
export interface Joinable {
  readonly name: string;
  readonly isWanted: boolean;
  /** Where to go on; null: the room is new to the client. */
  readonly position: Position | null;
  /** Takes what was missed. True: there is more to ask for. */
  entered(connection: Connection, answer: JoinAnswer & { ok: true }): boolean;
  refused(error: HoldlineError): void;
}

const roomsMax = 100;
const retryMs = 1_000;
const retryable: ReadonlySet<string> = new Set(["unavailable", "internal"]);

/** Joins rooms on one connection, many with one command, one command after the other. */
export class Joiner {
  readonly #connection: Connection;
  readonly #isDone: () => void;
  readonly #waiting = new Set<Joinable>();
  #retrying = 0;
  #isAsking = false;

  /** `isDone` is called whenever no room is left to join. */
  constructor(connection: Connection, isDone: () => void) {
    this.#connection = connection;
    this.#isDone = isDone;
  }

  add(...rooms: Joinable[]): void {
    for (const room of rooms) this.#waiting.add(room);
    this.#next();
  }

  #next(): void {
    if (this.#isAsking) return;
    const rooms = [...this.#waiting].filter(({ isWanted }) => isWanted).slice(0, roomsMax);
    if (rooms.length === 0) {
      this.#waiting.clear();
      if (this.#retrying === 0) this.#isDone();
      return;
    }
    for (const room of rooms) this.#waiting.delete(room);
    this.#isAsking = true;
    const asked = rooms.map(({ name, position }) => ({ room: name, ...position }));
    this.#connection.ask("join", { rooms: asked }, (answer) => {
      if (answer === null) return;
      this.#isAsking = false;
      if (answer.ok) this.#answered(rooms, answer.payload.rooms);
      else if (answer.error.retryable) this.#retry(rooms, answer.error.retryAfterMs);
      else for (const room of rooms) room.refused(answer.error);
      this.#next();
    });
  }

  #answered(rooms: readonly Joinable[], answers: readonly JoinAnswer[]): void {
    const byName = new Map(rooms.map((room) => [room.name, room]));
    for (const answer of answers) {
      const room = byName.get(answer.room);
      // Asked for again meanwhile, from a position of now: by the next command.
      if (room === undefined || this.#waiting.has(room)) continue;
      if (!room.isWanted) this.#connection.tell("leave", { rooms: [room.name] });
      else if (!answer.ok) this.#refused(room, answer.code, answer.message);
      else if (room.entered(this.#connection, answer)) this.#waiting.add(room);
    }
  }

  #refused(room: Joinable, code: string, message: string): void {
    if (retryable.has(code)) this.#retry([room]);
    else room.refused(new HoldlineError(code, message));
  }

  #retry(rooms: readonly Joinable[], ms = retryMs * (0.5 + Math.random())): void {
    this.#retrying += 1;
    setTimeout(() => {
      this.#retrying -= 1;
      this.add(...rooms);
    }, ms);
  }
}
