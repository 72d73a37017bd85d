import { CommandSender } from "./command-sender.ts";
import { sendMessageCommand } from "./commands.ts";
import type { LoadLoop } from "./load-loop.ts";
import { openSockets } from "./open-sockets.ts";
import { startSending } from "./publish.ts";
import { StormMember } from "./storm-member.ts";

/** Each 127.0.0.x has its own 28,000 ports. */
const SOURCE_HOSTS = 8;
/** Who found no place in the listener's queue tries again so often. */
const RETRY_MS = 10;
const LIMIT_MS = 30_000;

type StormRoom = { publisher: CommandSender; members: StormMember[] };

/** Rooms whose members are cut and come back together, each with a publisher that stays. */
export class Storm {
  readonly members: StormMember[];
  readonly #loop: LoadLoop;
  readonly #port: number;
  readonly #rooms: StormRoom[];

  private constructor(loop: LoadLoop, port: number, rooms: StormRoom[]) {
    this.#loop = loop;
    this.#port = port;
    this.#rooms = rooms;
    this.members = rooms.flatMap(({ members }) => members);
  }

  /** Rooms with a message each, and with members that are yet to come. */
  static async gather(loop: LoadLoop, port: number, rooms: number, roomMembers: number): Promise<Storm> {
    const names = Array.from({ length: rooms }, (_, index) => `room:storm-${index}`);
    const roomsOf = names.map((name) => [name]);
    const sockets = await openSockets(loop, port, roomsOf);
    const gathered = sockets.map((socket, index) => {
      const name = names[index] as string;
      const commands = [sendMessageCommand(name)];
      return {
        publisher: new CommandSender(socket, { commands, answerType: "message_response" }),
        members: Array.from({ length: roomMembers }, () => new StormMember(loop, name)),
      };
    });
    const storm = new Storm(loop, port, gathered);
    await storm.publish(1);
    return storm;
  }

  /** So many to each room, and waits until all are acked. */
  async publish(messages: number): Promise<void> {
    for (const { publisher } of this.#rooms) publisher.send(messages);
    const isAcked = () => this.#rooms.every(({ publisher }) => publisher.inFlight === 0);
    await this.#loop.runUntil(isAcked, "all acked", LIMIT_MS);
  }

  /** Starts publishing to one room after the other, and returns how to stop. */
  startPublishing(perSecond: number): () => void {
    const publishers = this.#rooms.map(({ publisher }) => publisher);
    return startSending(this.#loop, publishers, { perSecond });
  }

  drop(): void {
    for (const member of this.members) member.drop();
  }

  /** All at once, until the last is live. */
  async comeBack(): Promise<void> {
    for (const [index, member] of this.members.entries())
      member.connect(this.#port, 1 + (index % SOURCE_HOSTS));
    const stop = this.#loop.onTick(this.#requestAll());
    const areLive = () => this.members.every(({ liveAtMs }) => liveAtMs !== undefined);
    await this.#loop.runUntil(areLive, `${this.members.length} sockets live`, LIMIT_MS);
    stop();
  }

  #requestAll(): (nowMs: number) => void {
    let waiting = this.members;
    let nextMs = 0;
    return (nowMs) => {
      if (nowMs < nextMs) return;
      waiting = waiting.filter((member) => !member.tryRequest());
      nextMs = nowMs + RETRY_MS;
    };
  }

  /** Until every member has every message that was acked, each once and in order. */
  async untilCaughtUp(): Promise<void> {
    const hasAll = ({ publisher, members }: StormRoom) =>
      members.every((member) => member.catchUp().seq === publisher.answered);
    await this.#loop.runUntil(() => this.#rooms.every(hasAll), "all caught up", LIMIT_MS);
  }
}
