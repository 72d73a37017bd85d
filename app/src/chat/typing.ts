import { encodeEvent } from "../protocol/codec.ts";
import type { Payload } from "../protocol/commands.ts";
import { refuse } from "../protocol/errors.ts";
import type { Answer } from "./answer.ts";
import type { Cancel } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import type { Hub } from "./hub.ts";
import type { User } from "./identity.ts";
import { newestUser } from "./newest-user.ts";
import { hasPresence } from "./presence.ts";
import type { RoomFeed } from "./room-feed.ts";

/** How long somebody types without saying so again. */
const typingMs = 5000;
/** One user's typing in one room is told at most once in this time. */
const tellEveryMs = 2000;

const typistsMaxDefault = 10_000;

/** One user in one room, over all their devices. Moments are monotonic ms. */
interface Typist {
  readonly key: string;
  readonly room: string;
  user: User;
  isTyping: boolean;
  /** Where that was said: what is said elsewhere is told by that instance to the others. */
  isHere: boolean;
  /** What the others know. */
  isToldTyping: boolean;
  endsAt: number;
  tellableAt: number;
  /** When other instances, which forget it as well, are to hear again that it goes on. */
  remindableAt: number;
  cancel: Cancel;
}

/** Who is typing where. Only the latest state counts: nothing of it is stored, queued or told twice. */
export class Typing {
  readonly #context: Pick<ChatContext, "clock" | "metrics" | "engine">;
  readonly #hub: Pick<Hub, "feeds" | "blocks">;
  readonly #typistsMax: number;
  readonly #typists = new Map<string, Typist>();

  /** Past `typistsMax` whoever begins to type is not noticed. */
  constructor(
    context: Pick<ChatContext, "clock" | "metrics" | "engine">,
    hub: Pick<Hub, "feeds" | "blocks">,
    typistsMax = typistsMaxDefault,
  ) {
    this.#context = context;
    this.#hub = hub;
    this.#typistsMax = typistsMax;
  }

  set(room: string, user: User, isTyping: boolean): void {
    this.#note(room, user, isTyping, true);
  }

  /** What another instance says. */
  heard(room: string, user: User, isTyping: boolean): void {
    if (this.#hub.feeds.get(room) !== undefined) this.#note(room, user, isTyping, false);
  }

  #note(room: string, user: User, isTyping: boolean, isHere: boolean): void {
    const typist = this.#typists.get(keyOf(room, user.id)) ?? (isTyping ? this.#begin(room, user) : null);
    if (typist === null) return;
    const now = this.#context.clock.monotonic();
    typist.user = user;
    typist.isTyping = isTyping;
    typist.isHere = isHere;
    typist.endsAt = now + typingMs;
    this.#look(typist);
    if (typist.isTyping && typist.isToldTyping && typist.remindableAt <= now)
      this.#tellInstances(typist, now);
  }

  /** The user has left the room. */
  end(room: string, userId: string): void {
    const typist = this.#typists.get(keyOf(room, userId));
    if (typist !== undefined) this.set(room, typist.user, false);
  }

  #begin(room: string, user: User): Typist | null {
    if (this.#typists.size >= this.#typistsMax) {
      this.#context.metrics.rateLimited("typing");
      return null;
    }
    const key = keyOf(room, user.id);
    const typist = { key, room, user, ...silent };
    this.#typists.set(key, typist);
    return typist;
  }

  /** Tells what is to be told by now, and sees to it that the rest is told in time. */
  #look(typist: Typist): void {
    const now = this.#context.clock.monotonic();
    if (typist.endsAt <= now) typist.isTyping = false;
    if (typist.isTyping !== typist.isToldTyping && typist.tellableAt <= now) this.#tell(typist, now);
    const isSettled = typist.isTyping === typist.isToldTyping;
    const dueAt = isSettled && typist.isTyping ? typist.endsAt : typist.tellableAt;
    if (dueAt <= now) this.#forget(typist);
    else this.#lookIn(dueAt - now, typist);
  }

  /**
   * Where the room is busy a beginning is dropped, and an end tried again, or others would see it go on for ever.
   * Where nobody is, there is nobody to be told of either.
   */
  #tell(typist: Typist, now: number): void {
    const feed = this.#hub.feeds.get(typist.room);
    if (feed === undefined) return;
    if (feed.hasUndelivered && typist.isTyping) typist.isTyping = false;
    else this.#tellOthers(feed, typist, now);
  }

  #tellOthers(feed: RoomFeed, typist: Typist, now: number): void {
    typist.tellableAt = now + tellEveryMs;
    if (feed.hasUndelivered) return;
    const { room, user, isTyping } = typist;
    typist.isToldTyping = isTyping;
    const payload = { room, userId: user.id, userName: user.name, isTyping };
    const except = [user.id, ...(this.#hub.blocks.viewersWithout(user.id) ?? [])];
    feed.tell(encodeEvent("typing", payload), "typing", except);
    this.#tellInstances(typist, now);
  }

  #tellInstances(typist: Typist, now: number): void {
    if (!typist.isHere) return;
    typist.remindableAt = now + tellEveryMs;
    this.#context.engine.others.tellTyping(typist.room, typist.user, typist.isTyping);
  }

  #lookIn(ms: number, typist: Typist): void {
    typist.cancel();
    typist.cancel = this.#context.clock.after(Math.ceil(ms), () => this.#look(typist));
  }

  #forget(typist: Typist): void {
    typist.cancel();
    this.#typists.delete(typist.key);
  }
}

const silent = {
  isTyping: false,
  isHere: false,
  isToldTyping: false,
  endsAt: 0,
  tellableAt: 0,
  remindableAt: 0,
  cancel: () => {},
};

/** Room names hold no space. */
const keyOf = (room: string, userId: string): string => `${room} ${userId}`;

/** Answers `{}`, whether the others are told or not. */
export function setTyping(hub: Hub, connection: Connection, { room, isTyping }: Payload<"typing">): Answer {
  if (!hasPresence(room)) return refuse("forbidden", `Nobody types in ${room}.`);
  if (!connection.isJoined(room)) return refuse("not_joined");
  const { user } = connection.identity;
  hub.typing.set(room, newestUser(hub.people.connectionsOf(user.id), user), isTyping);
  return { ok: true, payload: {} };
}
