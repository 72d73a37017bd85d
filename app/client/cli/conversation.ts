import { type Client, HoldlineError, type Presence, type Room } from "../index.ts";
import { harmless } from "./harmless.ts";
import { RoomLines } from "./room-lines.ts";
import { readTypedLine, type TypedLine } from "./typed-line.ts";

/** Where lines go. */
export interface Display {
  /** Whether somebody looks, and so wants to see what was before. */
  readonly isInteractive: boolean;
  /** What happens in the room. */
  say(line: string): void;
  /** What is about the connection, people and mistakes. */
  note(line: string): void;
}

/** Texts that may be on their way at a time: a file that is piped in is read no faster than it is stored. */
const underWayMax = 100;

const help = `/history [20]   what was before          /who               who is there
/edit 12 text   change message 12        /delete 12         delete it
/react 12 👍    react to it              /quit              leave; so does the end of input
Everything else is sent; //text sends /text.`;

/** One room, told in lines, and what is typed into it. */
export class Conversation {
  /** Something that was typed did not come about. */
  hasFailed = false;
  readonly #client: Client;
  readonly #room: Room;
  readonly #display: Display;
  readonly #lines = new RoomLines();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(client: Client, room: Room, display: Display) {
    this.#client = client;
    this.#room = room;
    this.#display = display;
    this.#tellRoom();
    this.#tellPeople();
    this.#tellConnection();
  }

  /** Resolves when the room is live; rejects if it may not be joined. */
  async enter(): Promise<void> {
    await this.#room.join();
    await this.#who();
  }

  /** False: that was the last line. Rejects never. */
  async type(text: string): Promise<boolean> {
    const line = readTypedLine(text);
    if (line.kind === "quit") return false;
    if (line.kind === "send") await this.#send(line.content);
    else await this.settled().then(() => this.#attempt(this.#obey(line)));
    return true;
  }

  /** Resolves when all that was typed is stored, or refused. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #send(content: string): Promise<void> {
    const sent = this.#attempt(this.#room.send(content));
    this.#underWay.add(sent);
    void sent.then(() => this.#underWay.delete(sent));
    if (this.#underWay.size >= underWayMax) await Promise.race(this.#underWay);
  }

  async #attempt(done: Promise<unknown>): Promise<void> {
    try {
      await done;
    } catch (error) {
      if (!(error instanceof HoldlineError)) throw error;
      this.#fail(describe(error));
    }
  }

  #fail(message: string): void {
    this.hasFailed = true;
    this.#display.note(message);
  }

  async #obey(line: Exclude<TypedLine, { kind: "send" | "quit" }>): Promise<void> {
    switch (line.kind) {
      case "nothing":
        return;
      case "help":
        return this.#display.note(help);
      case "mistake":
        return this.#fail(line.message);
      case "who":
        return this.#who();
      case "history":
        return this.#history(line.limit);
      case "edit":
        return this.#change(line.seq, (id) => this.#room.edit(id, line.content));
      case "delete":
        return this.#change(line.seq, (id) => this.#room.remove(id));
      case "react":
        return this.#change(line.seq, (id) => this.#room.react(id, line.emoji));
      default:
        line satisfies never;
    }
  }

  async #change(seq: number, change: (id: string) => Promise<unknown>): Promise<void> {
    const id = this.#lines.idOf(seq);
    if (id === undefined) this.#fail(`There was no message [${seq}] here: /history shows older ones.`);
    else await change(id);
  }

  async #history(limit: number): Promise<void> {
    const { messages, hasMore } = await this.#room.history({ limit });
    if (hasMore) this.#display.note("older ones are left out");
    for (const message of messages) this.#display.say(this.#lines.message(message));
  }

  async #who(): Promise<void> {
    this.#display.note(describePeople(await this.#room.presence()));
  }

  #tellRoom(): void {
    const [room, lines] = [this.#room, this.#lines];
    const say = (line: string) => this.#display.say(line);
    room.on("message", (event) => say(lines.message(event)));
    room.on("edit", (event) => say(lines.edit(event)));
    room.on("delete", (event) => say(lines.delete(event)));
    room.on("reaction", (event) => say(lines.reaction(event)));
    room.on("reset", ({ reason, messages }) => {
      if (reason !== "new")
        this.#display.note("away for too long: what was missed cannot be told one by one");
      if (reason !== "new" || this.#display.isInteractive)
        for (const message of messages) say(lines.message(message));
    });
  }

  #tellPeople(): void {
    const note = (line: string) => this.#display.note(line);
    this.#room.on("userJoined", ({ userName }) => note(`${harmless(userName)} came`));
    this.#room.on("userLeft", ({ userName }) => note(`${harmless(userName)} is gone`));
    this.#room.on(
      "left",
      ({ reason }) => reason !== "not_joined" && note(`no longer in the room: ${reason}`),
    );
  }

  #tellConnection(): void {
    const note = (line: string) => this.#display.note(line);
    const client = this.#client;
    client.on("reconnecting", ({ delayMs, error }) => {
      note(
        `not connected, next attempt in ${(delayMs / 1000).toFixed(1)} s${error ? `: ${describe(error)}` : ""}`,
      );
    });
    client.on("reconnected", () => note("connected again"));
    client.on("handover", ({ from, to }) => note(`moved from ${from.instance} to ${to.instance}`));
  }
}

export const describe = ({ message, code }: HoldlineError): string =>
  `${harmless(message)} (${harmless(code)})`;

function describePeople({ users, total }: Presence): string {
  const names = users.map(({ userName }) => harmless(userName)).join(", ");
  return `${total} here: ${names}${total > users.length ? ", …" : ""}`;
}
