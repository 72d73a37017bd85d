import { encodeEvent } from "../protocol/codec.ts";
import type { Blocks } from "./blocks.ts";
import type { ChatContext } from "./context.ts";
import type { Feeds } from "./feeds.ts";
import type { User } from "./identity.ts";
import type { PresenceRoom } from "./presence-room.ts";

/** A room's total is told at most once in this time. */
const totalEveryMs = 1000;

interface Surroundings {
  readonly feeds: Pick<Feeds, "get">;
  readonly blocks: Pick<Blocks, "viewersWithout">;
}

/**
 * Tells a room's members who came and who left. A change is told as `presence_changed` if the room has more than
 * PRESENCE_EVENTS_MAX_MEMBERS users before or after it, or while a total is due: a total that is told holds every
 * change before it and none after it, so a client that sets its count by totals and moves it by the other two is
 * always right. The total counts everybody, also who is hidden from a viewer by a block: it names nobody.
 */
export class PresenceNews {
  readonly #context: Pick<ChatContext, "clock" | "limits">;
  readonly #feeds: Pick<Feeds, "get">;
  readonly #blocks: Pick<Blocks, "viewersWithout">;

  constructor(context: Pick<ChatContext, "clock" | "limits">, { feeds, blocks }: Surroundings) {
    this.#context = context;
    this.#feeds = feeds;
    this.#blocks = blocks;
  }

  joined(room: PresenceRoom, user: User): void {
    this.#tellChange("user_joined", room, user, room.total);
  }

  left(room: PresenceRoom, user: User): void {
    this.#tellChange("user_left", room, user, room.total + 1);
  }

  #tellChange(type: "user_joined" | "user_left", room: PresenceRoom, user: User, largest: number): void {
    const { presenceEventsMaxMembers: usersMax } = this.#context.limits;
    const isCrowded = usersMax > 0 && largest > usersMax;
    if (isCrowded || room.isTotalDue) this.#tellTotalInTime(room);
    else this.#tellOthers(type, room, user);
  }

  #tellOthers(type: "user_joined" | "user_left", room: PresenceRoom, { id, name, image }: User): void {
    const payload = { room: room.name, userId: id, userName: name, userImage: image };
    // None of the user's own sockets is a member at this moment.
    const except = this.#blocks.viewersWithout(id) ?? [];
    this.#feeds.get(room.name)?.tell(encodeEvent(type, payload), type, except);
  }

  #tellTotalInTime(room: PresenceRoom): void {
    if (room.isTotalDue) return;
    const waitMs = Math.ceil(room.totalToldAt + totalEveryMs - this.#context.clock.monotonic());
    if (waitMs <= 0) return this.#tellTotal(room);
    room.isTotalDue = true;
    this.#context.clock.after(waitMs, () => this.#tellTotal(room));
  }

  #tellTotal(room: PresenceRoom): void {
    room.isTotalDue = false;
    // Everybody has gone meanwhile: whoever is in a room of that name now is counted anew.
    if (room.total === 0) return;
    room.totalToldAt = this.#context.clock.monotonic();
    const text = encodeEvent("presence_changed", { room: room.name, total: room.total });
    this.#feeds.get(room.name)?.tell(text, "presence_changed", []);
  }
}
