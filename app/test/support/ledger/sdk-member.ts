import {
  type Client,
  type ClientOptions,
  createClient,
  HoldlineError,
  type Room,
  type RoomEvents,
  type Stored,
} from "../../../client/index.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { LedgerMember } from "./expect-ledger.ts";
import { type LedgerEntry, messageEntry } from "./ledger-entry.ts";
import { RoomCopy } from "./room-copy.ts";
import { type Write, Writes } from "./writes.ts";

interface SdkMemberOptions {
  readonly name: string;
  readonly rooms: readonly string[];
  readonly random: SeededRandom;
  readonly writes: number;
  readonly client: ClientOptions;
  /** The longest pause between two writes of a few at a time; see `pauseMsMax`. */
  readonly pauseMsMax?: number;
  onViolation(what: string): void;
}

interface WriteFields {
  readonly content: string;
  readonly meta?: Record<string, unknown>;
  readonly messageId: string;
  readonly emoji: string;
  readonly action: "add" | "remove";
}

/** Writes that are not answered yet, over all rooms. */
const underWayMax = 3;
/** So that who is away for seconds, or reads all in the end, does not miss more of a room than is replayed. */
const pauseMsMax = 25;

/** A member of some rooms that has nothing but the SDK, and believes what that tells it. */
export class SdkMember implements LedgerMember {
  readonly name: string;
  readonly copies: ReadonlyMap<string, RoomCopy>;
  readonly writes: Writes;
  readonly client: Client;
  readonly #options: SdkMemberOptions;

  constructor(options: SdkMemberOptions) {
    const { name, rooms, random, writes, client } = options;
    this.name = name;
    this.#options = options;
    this.copies = new Map(rooms.map((room) => [room, new RoomCopy(room, true)]));
    this.writes = new Writes(name, writes, random);
    this.client = createClient({ connectionId: name, ...client });
    for (const copy of this.copies.values()) this.#follow(this.client.room(copy.room), copy);
  }

  async join(): Promise<void> {
    await Promise.all([...this.copies.keys()].map((room) => this.client.room(room).join()));
  }

  send(): void {
    for (let index = 0; index < underWayMax; index += 1) void this.#sendAll();
  }

  end(): void {
    this.client.close();
  }

  /** Everything it sends is stored, and it has come as far as the logs have. */
  isSettled(heads: ReadonlyMap<string, { readonly seq: number }>): boolean {
    const hasSeen = ({ room }: RoomCopy) => this.client.room(room).position?.seq === heads.get(room)?.seq;
    return this.writes.isDone && [...this.copies.values()].every(hasSeen);
  }

  get story(): string {
    const places = [...this.copies.keys()].map((room) => `${room} ${this.client.room(room).position?.seq}`);
    return `${this.name} (${this.client.state}, ${this.writes.left} left, ${this.writes.pending.size} pending, ${places.join(", ")})`;
  }

  #follow(room: Room, copy: RoomCopy): void {
    const note = (entry: LedgerEntry) => this.#guard(() => append(copy, room.position?.epoch ?? "", entry));
    room.on("message", (message) => {
      note(messageEntry(message.seq, { ...message }));
      this.#checkOwner(message);
    });
    room.on("edit", ({ editedAt: _editedAt, ...event }) => note({ kind: "message_edit", ...event }));
    room.on("delete", (event) => note({ kind: "message_delete", ...event }));
    room.on("reaction", (event) => note({ kind: "reaction", ...event }));
    room.on("other", ({ type }) => this.#violated(`got ${type}`));
    room.on("reset", ({ reason, messages }) => {
      if (reason !== "new" || messages.length > 0) this.#violated(`${room.name} was reset: ${reason}`);
    });
    room.on("left", ({ reason }) => {
      if (this.client.state !== "stopped") this.#violated(`${room.name} was left: ${reason}`);
    });
  }

  #checkOwner({ clientId, isOwn, seq }: RoomEvents["message"]): void {
    const { pending, stored } = this.writes;
    const isMine = pending.has(clientId ?? "") || stored.has(clientId ?? "");
    if (isMine !== isOwn) this.#violated(`message ${seq} is ${isMine ? "" : "not "}its own`);
  }

  async #sendAll(): Promise<void> {
    const { random, pauseMsMax: pauseMs = pauseMsMax } = this.#options;
    while (this.writes.left > 0) {
      await Bun.sleep(random.below(pauseMs));
      if (this.writes.left === 0) return;
      const write = this.writes.next(random.sample([...this.copies.values()], 1)[0] as RoomCopy);
      try {
        const { seq, messageId, duplicate } = await this.#submit(write);
        this.writes.settle(write, seq, messageId, duplicate);
      } catch (error) {
        this.#guard(() => this.writes.refuse(write, error instanceof HoldlineError ? error.code : error));
      }
    }
  }

  #submit({ id, type, payload }: Write): Promise<Stored> {
    const { content, messageId, emoji, action, meta } = payload as unknown as WriteFields;
    const room = this.client.room(payload.room);
    switch (type) {
      case "send_message":
        return room.send(content, { meta, id });
      case "message_edit":
        return room.edit(messageId, content, { meta, id });
      case "message_delete":
        return room.remove(messageId);
      case "reaction":
        return room.react(messageId, emoji, action);
      default:
        return type satisfies never;
    }
  }

  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#violated((error as Error).message);
    }
  }

  #violated(what: string): void {
    this.#options.onViolation(`${this.name}: ${what}`);
  }
}

/** What the SDK leaves out is gone, for all it says: whether that is true shows in the end. */
function append(copy: RoomCopy, epoch: string, entry: LedgerEntry): void {
  while (copy.seq + 1 < entry.seq) copy.append(epoch, { kind: "skipped", seq: copy.seq + 1 });
  copy.append(epoch, entry);
}
