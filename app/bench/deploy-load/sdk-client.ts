import { type Client, createClient, type Notification } from "../../client/index.ts";
import { loadSocket } from "./load-socket.ts";
import type { Member, MemberClient } from "./member.ts";

/** A member with our SDK. */
export class SdkClient implements MemberClient {
  readonly member: Member;
  readonly #client: Client;

  constructor(member: Member, url: string, token: string) {
    this.member = member;
    this.#client = createClient({
      url,
      token,
      connectionId: member.session,
      handover: member.kind === "handover",
      WebSocket: loadSocket(member.address, member.live),
    });
    this.#listen();
  }

  async open(): Promise<void> {
    await Promise.all([this.#client.room(this.member.roomName).join(), this.#client.notifications.join()]);
  }

  send(): void {
    const { member } = this;
    this.#client
      .room(member.roomName)
      .send(member.nextContent())
      .then(
        ({ seq }) => member.stored(seq),
        (error) => member.refused(String(error)),
      );
  }

  close(): void {
    this.#client.close();
  }

  #listen(): void {
    const { member } = this;
    const room = this.#client.room(member.roomName);
    room.on("message", ({ seq, content }) => member.message(seq, content));
    room.on("reset", ({ reason }) => reason === "new" || member.reset(member.roomName, reason));
    this.#client.notifications.on("notification", ({ from, seq }) =>
      (from === "me" ? member.mine : member.everybodys).take(seq),
    );
    this.#client.notifications.on("reset", ({ from, reason, notifications }) => {
      if (reason !== "new") member.reset(`notifications:${from}`, reason);
      else if (from === "all") member.everybodys.begin(lastSeq(notifications));
    });
    this.#client.on("frame", ({ direction, text }) => {
      if (direction === "in" && text.includes('"type":"user_')) member.presence();
    });
    this.#client.on("gaveUp", (error) => member.refused(`gave up: ${error}`));
  }
}

const lastSeq = (notifications: readonly Notification[]): number => notifications.at(-1)?.seq ?? 0;
