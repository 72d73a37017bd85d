import type { Frame, JoinAnswer, Position } from "../../client/wire.ts";
import { loadSocket } from "./load-socket.ts";
import type { Member, MemberClient } from "./member.ts";

const reconnectMs = 1_000;
const retryMs = 200;
const joinId = "join";

/** A member that knows of no handover and no goodbye: where its socket is closed it opens another, and joins from where it was. */
export class PlainClient implements MemberClient {
  readonly member: Member;
  readonly #url: string;
  readonly #protocols: string[];
  readonly #Socket: ReturnType<typeof loadSocket>;
  readonly #positions = new Map<string, Position | null>();
  readonly #isOpened = Promise.withResolvers<void>();
  #socket: InstanceType<ReturnType<typeof loadSocket>> | null = null;
  #pending: { readonly id: string; readonly content: string } | null = null;
  /** Rooms that the present socket has joined: to join one again would bring what is on its way twice. */
  readonly #live = new Set<string>();
  #isClosed = false;

  constructor(member: Member, url: string, token: string) {
    this.member = member;
    this.#url = `${url.replace("http", "ws")}/ws/chat/${member.session}`;
    this.#protocols = ["holdline.v1", `bearer.${token}`];
    this.#Socket = loadSocket(member.address, member.live);
    for (const room of [member.roomName, "notifications:me", "notifications:all"])
      this.#positions.set(room, null);
  }

  open(): Promise<void> {
    this.#dial();
    return this.#isOpened.promise;
  }

  send(): void {
    this.#pending = { id: crypto.randomUUID(), content: this.member.nextContent() };
    if (this.#isJoined) this.#tellPending();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close(1000);
  }

  get #isJoined(): boolean {
    return this.#live.size === this.#positions.size;
  }

  #dial(): void {
    if (this.#isClosed) return;
    const socket = new this.#Socket(this.#url, this.#protocols);
    this.#socket = socket;
    socket.onmessage = ({ data }: { data: unknown }) => this.#heard(JSON.parse(String(data)));
    socket.onclose = () => {
      this.#live.clear();
      setTimeout(() => this.#dial(), Math.random() * reconnectMs);
    };
  }

  #tell(type: string, id: string, payload: object): void {
    // A repetition may be due while the next socket opens: it is made up for when that is greeted.
    if (this.member.live.isLive) this.#socket?.send(JSON.stringify({ type, id, payload }));
  }

  #join(): void {
    const missing = [...this.#positions].filter(([room]) => !this.#live.has(room));
    const rooms = missing.map(([room, position]) => ({ room, ...position }));
    if (rooms.length > 0) this.#tell("join", joinId, { rooms });
  }

  #tellPending(): void {
    if (this.#pending === null) return;
    const { id, content } = this.#pending;
    this.#tell("send_message", id, { room: this.member.roomName, content });
  }

  #heard(frame: Frame): void {
    const { type, id, payload } = frame;
    if (type === "batch") for (const event of payload.events) this.#heard(event);
    else if (type === "connection_established") this.#join();
    else if (type === "message_response" && id === joinId) this.#joined(payload.rooms);
    else if (type === "message_response") this.#stored(id, payload);
    else if (type === "error") this.#refused(frame);
    else if (type === "user_joined" || type === "user_left") this.member.presence();
    else if (type === "resync") this.#resynced(payload.room);
    else if (payload.seq !== undefined) this.#event(frame);
  }

  #joined(answers: readonly JoinAnswer[]): void {
    for (const answer of answers) {
      if (!answer.ok) continue;
      if (answer.recovered) for (const event of answer.events) this.#event(event);
      else this.#restarted(answer.room, answer.reason, answer.seq);
      this.#positions.set(answer.room, { epoch: answer.epoch, seq: answer.seq });
      if (!answer.recovered || answer.more !== true) this.#live.add(answer.room);
    }
    if (!this.#isJoined) return void setTimeout(() => this.#join(), retryMs);
    this.#isOpened.resolve();
    this.#tellPending();
  }

  #resynced(room: string): void {
    this.#live.delete(room);
    this.#join();
  }

  #restarted(room: string, reason: string, seq: number): void {
    if (reason !== "new") this.member.reset(room, reason);
    else if (room === "notifications:all") this.member.everybodys.begin(seq);
  }

  #event({ type, payload }: Frame): void {
    const { room, epoch, seq } = payload;
    this.#positions.set(room, { epoch, seq });
    if (room === "notifications:me") this.member.mine.take(seq);
    else if (room === "notifications:all") this.member.everybodys.take(seq);
    else if (type === "chat_message") this.member.message(seq, payload.message.content);
  }

  /** An ack that is no duplicate stands for the event. */
  #stored(id: string | undefined, { epoch, seq, duplicate }: Position & { duplicate: boolean }): void {
    if (this.#pending === null || this.#pending.id !== id) return;
    const { content } = this.#pending;
    this.#pending = null;
    this.member.stored(seq);
    if (duplicate) return;
    this.#positions.set(this.member.roomName, { epoch, seq });
    this.member.message(seq, content);
  }

  #refused({ id, payload }: Frame): void {
    if (!payload.retryable) return this.member.refused(`${payload.code}: ${payload.message}`);
    setTimeout(() => (id === joinId ? this.#join() : this.#tellPending()), payload.retryAfterMs ?? retryMs);
  }
}
