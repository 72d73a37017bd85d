import type { ClientSocket } from "./client-socket.ts";
import { CommandSender } from "./command-sender.ts";
import { sendMessageCommand } from "./commands.ts";
import type { Receivers } from "./receivers.ts";
import { StreamChecker } from "./stream-checker.ts";
import type { Wire } from "./wire.ts";

/**
 * Sockets that share the same rooms. `checked` (at least 1) of the members are read in full, the others count
 * bytes: a room sends all its members the same, so equal bytes are the same events.
 */
export type GroupShape = { rooms: string[]; publishers: number; members: number; checked: number };

export class Group {
  readonly publishers: CommandSender[];
  readonly checkers: StreamChecker[];
  readonly counted: ClientSocket[];
  readonly members: number;
  #answeredBefore = 0;

  constructor(shape: GroupShape, sockets: ClientSocket[], wire: Wire) {
    const commands = shape.rooms.map((room) => sendMessageCommand(room, wire));
    const members = sockets.slice(shape.publishers);
    const stride = Math.floor(members.length / shape.checked);
    this.publishers = sockets.slice(0, shape.publishers).map(
      (socket, index) =>
        new CommandSender(socket, {
          commands,
          answerType: "message_response",
          isChecked: index === 0,
          wire,
        }),
    );
    this.checkers = members
      .filter((_, index) => index % stride === 0)
      .map((socket) => new StreamChecker(socket, wire));
    this.counted = members.filter((_, index) => index % stride !== 0);
    this.members = members.length;
  }

  get messages(): number {
    return this.#answered - this.#answeredBefore;
  }

  restartCount(): void {
    this.#answeredBefore = this.#answered;
    for (const checker of this.checkers) checker.restartCount();
  }

  /** True when every member has received every acked message. */
  hasReceivedAll(receivers: Receivers): boolean {
    const messages = this.messages;
    const bytes = this.checkers[0]?.bytes;
    return (
      this.checkers.every((checker) => checker.events === messages) &&
      this.counted.every((socket) => receivers.bytesOf(socket.fd) === bytes)
    );
  }

  get #answered(): number {
    return this.publishers.reduce((total, publisher) => total + publisher.answered, 0);
  }
}
