import type { ClientSocket } from "./client-socket.ts";
import type { CommandSender } from "./command-sender.ts";
import { Group, type GroupShape, type GroupSocket } from "./group.ts";
import { holdlineWire } from "./holdline-wire.ts";
import type { LoadLoop } from "./load-loop.ts";
import { openSockets } from "./open-sockets.ts";
import { Receivers } from "./receivers.ts";
import type { Wire } from "./wire.ts";

const QUIET_MIN_MS = 50;
const QUIET_LIMIT_MS = 20_000;

export async function gatherCrowd(
  loop: LoadLoop,
  port: number | readonly number[],
  shapes: GroupShape[],
  wire: Wire = holdlineWire,
): Promise<Crowd> {
  const servers = [port].flat().length;
  const roomsOf = shapes.flatMap((shape) =>
    Array<string[]>(shape.publishers + shape.members).fill(shape.rooms),
  );
  const sockets = await openSockets(loop, port, roomsOf, wire);
  await untilQuiet(loop, sockets, Math.max(QUIET_MIN_MS, wire.presenceMs));
  return new Crowd(loop, shapes, dealt(sockets, servers), wire);
}

/** Each with the server that it is connected to. */
function dealt(sockets: readonly ClientSocket[], servers: number): GroupSocket[] {
  return sockets.map((socket, index) => ({ socket, server: index % servers }));
}

/** The load on one server, or on several that are one: groups of publishers and members, joined, and quiet until told to publish. */
export class Crowd {
  readonly groups: Group[] = [];
  readonly publishers: CommandSender[];
  readonly #receivers: Receivers;

  constructor(loop: LoadLoop, shapes: GroupShape[], sockets: readonly GroupSocket[], wire: Wire) {
    let from = 0;
    for (const shape of shapes) {
      const to = from + shape.publishers + shape.members;
      this.groups.push(new Group(shape, sockets.slice(from, to), wire));
      from = to;
    }
    this.publishers = this.groups.flatMap((group) => group.publishers);
    this.#receivers = new Receivers(
      loop,
      this.groups.flatMap((group) => group.counted),
    );
  }

  get messages(): number {
    return this.groups.reduce((total, group) => total + group.messages, 0);
  }

  get deliveries(): number {
    return this.groups.reduce((total, group) => total + group.messages * group.members, 0);
  }

  get lastReadMs(): number {
    return this.#receivers.lastReadMs;
  }

  get hasReceivedAll(): boolean {
    return this.groups.every((group) => group.hasReceivedAll(this.#receivers));
  }

  restartCount(): void {
    this.#receivers.restartCount();
    for (const group of this.groups) group.restartCount();
    for (const publisher of this.publishers) publisher.takeLatencies();
  }
}

/** What joining causes (presence above all) must have ended before bytes can be compared. */
async function untilQuiet(loop: LoadLoop, sockets: ClientSocket[], quietMs: number): Promise<void> {
  const deadlineMs = performance.now() + QUIET_LIMIT_MS;
  for (let before = -1, bytes = 0; before !== bytes; ) {
    if (performance.now() > deadlineMs) throw new Error("the rooms did not become quiet after the joins");
    before = bytesRead(sockets);
    await loop.runFor(quietMs);
    bytes = bytesRead(sockets);
  }
}

function bytesRead(sockets: ClientSocket[]): number {
  return sockets.reduce((total, socket) => total + socket.bytesRead, 0);
}
