import type { ClientSocket } from "./client-socket.ts";
import { CommandSender } from "./command-sender.ts";
import { sendMessageCommand } from "./commands.ts";
import type { Receivers } from "./receivers.ts";
import { StreamChecker } from "./stream-checker.ts";
import type { Wire } from "./wire.ts";

/** Sockets that share the same rooms. Of the members on each server `checked` (at least 1) are read in full. */
export type GroupShape = { rooms: string[]; publishers: number; members: number; checked: number };

/** `server`: which one it is connected to, of several. */
export type GroupSocket = { socket: ClientSocket; server: number };

export class Group {
  readonly publishers: CommandSender[];
  readonly audiences: Audience[];
  readonly members: number;
  #answeredBefore = 0;

  constructor(shape: GroupShape, sockets: readonly GroupSocket[], wire: Wire) {
    const commands = shape.rooms.map((room) => sendMessageCommand(room, wire));
    const members = sockets.slice(shape.publishers);
    this.publishers = sockets.slice(0, shape.publishers).map(
      ({ socket }, index) =>
        new CommandSender(socket, {
          commands,
          answerType: "message_response",
          isChecked: index === 0,
          wire,
        }),
    );
    const byServer = Map.groupBy(members, ({ server }) => server);
    this.audiences = [...byServer.values()].map((part) => new Audience(part, shape.checked, wire));
    this.members = members.length;
  }

  get checkers(): StreamChecker[] {
    return this.audiences.flatMap(({ checkers }) => checkers);
  }

  get counted(): ClientSocket[] {
    return this.audiences.flatMap(({ counted }) => counted);
  }

  get messages(): number {
    return this.#answered - this.#answeredBefore;
  }

  restartCount(): void {
    this.#answeredBefore = this.#answered;
    for (const audience of this.audiences) audience.restartCount();
  }

  /** True when every member has received every acked message. */
  hasReceivedAll(receivers: Receivers): boolean {
    return this.audiences.every((audience) => audience.hasReceived(this.messages, receivers));
  }

  get #answered(): number {
    return this.publishers.reduce((total, publisher) => total + publisher.answered, 0);
  }
}

/**
 * Members of a group on one server. Some are read in full, the others count bytes: a room sends all its members the same
 * there, so equal bytes are the same events. Another server makes other batches of them.
 */
class Audience {
  readonly counted: ClientSocket[];
  readonly checkers: StreamChecker[];

  constructor(members: readonly GroupSocket[], checked: number, wire: Wire) {
    const stride = Math.floor(members.length / checked);
    const [read, counted] = [[], []] as [ClientSocket[], ClientSocket[]];
    for (const [index, { socket }] of members.entries()) (index % stride === 0 ? read : counted).push(socket);
    this.checkers = read.map((socket) => new StreamChecker(socket, wire));
    this.counted = counted;
  }

  restartCount(): void {
    for (const checker of this.checkers) checker.restartCount();
  }

  hasReceived(messages: number, receivers: Receivers): boolean {
    const bytes = this.checkers[0]?.bytes;
    return (
      this.checkers.every((checker) => checker.events === messages) &&
      this.counted.every((socket) => receivers.bytesOf(socket.fd) === bytes)
    );
  }
}
