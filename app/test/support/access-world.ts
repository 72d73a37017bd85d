import { ServerHome } from "./server-home.ts";
import { signToken, tokenSecret } from "./tokens.ts";
import { WsClient } from "./ws-client.ts";

/** What somebody tries: `own` and `other` are messages of theirs and of somebody else's. */
export type Deed =
  | "read"
  | "presence"
  | "send"
  | "edit own"
  | "edit other"
  | "delete own"
  | "delete other"
  | "react"
  | "edit missing";

/** `ok`, or the code of the refusal. */
export type Verdict = string;

const missingMessage = "0190a6e0-0000-7000-8000-000000000000";

/** What each actor's token says. */
const actors = {
  stranger: {},
  claimed: { rooms: ["group:club"] },
  wildcard: { rooms: ["group:cl*"] },
  added: {},
  removed: { rooms: ["group:club"] },
  returned: { rooms: ["group:club"] },
  publisher: { scope: "publish" },
  admin: { scope: "admin" },
} as const;

export type Actor = keyof typeof actors;
export const everyone = Object.keys(actors) as readonly Actor[];

/** A server with people of every kind of right, who try the same things over the socket and over REST. */
export class AccessWorld implements AsyncDisposable {
  readonly #home: ServerHome;
  readonly #tokens: ReadonlyMap<Actor, string>;
  readonly #sockets = new Map<Actor, WsClient>();

  private constructor(home: ServerHome, tokens: ReadonlyMap<Actor, string>) {
    this.#home = home;
    this.#tokens = tokens;
  }

  static async create(): Promise<AccessWorld> {
    const home = await ServerHome.create();
    await home.start({ env: { JWT_SECRET: tokenSecret } });
    const sign = async (actor: Actor) =>
      [actor, await signToken({ ...actors[actor], sub: actor, name: actor })] as const;
    const world = new AccessWorld(home, new Map(await Promise.all(everyone.map(sign))));
    await world.#decideMembers();
    return world;
  }

  async #decideMembers(): Promise<void> {
    const decisions = [
      ["PUT", "added"],
      ["DELETE", "removed"],
      ["DELETE", "returned"],
      ["PUT", "returned"],
    ] as const;
    for (const [method, actor] of decisions)
      await this.#must("admin", method, `/rooms/group:club/members/${actor}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.values()) await socket.close();
    await this.#home[Symbol.asyncDispose]();
  }

  async overSocket(actor: Actor, deed: Deed, room: string): Promise<Verdict> {
    const socket = await this.#socketOf(actor);
    const joined = await socket.join(room);
    if (!joined.ok) return String(Reflect.get(joined, "code"));
    const [type, payload] = await this.#command(actor, deed, room);
    const answer = await socket.ask(type, { room, ...payload });
    return answer.type === "error" ? String(answer.payload.code) : "ok";
  }

  async #socketOf(actor: Actor): Promise<WsClient> {
    const known = this.#sockets.get(actor);
    if (known !== undefined) return known;
    const protocols = ["holdline.v1", `bearer.${this.#tokens.get(actor)}`];
    const socket = await WsClient.connect(`${this.#home.url}/ws/chat/${actor}`, { protocols });
    this.#sockets.set(actor, socket);
    return socket;
  }

  async #command(actor: Actor, deed: Deed, room: string): Promise<[type: string, payload: object]> {
    if (deed === "read") return ["history", {}];
    if (deed === "presence") return ["presence", {}];
    if (deed === "send") return ["send_message", { content: "hello" }];
    const messageId = await this.#subject(actor, deed, room);
    if (deed.startsWith("edit")) return ["message_edit", { messageId, content: "changed" }];
    if (deed.startsWith("delete")) return ["message_delete", { messageId }];
    return ["reaction", { messageId, emoji: "👍", action: "add" }];
  }

  async overRest(actor: Actor, deed: Deed, room: string): Promise<Verdict> {
    if (deed === "read") return this.rest(actor, "GET", `/rooms/${room}/messages`);
    if (deed === "presence") return this.rest(actor, "GET", `/rooms/${room}/presence`);
    if (deed === "send") return this.rest(actor, "POST", `/rooms/${room}/messages`, { content: "hello" });
    const message = `/rooms/${room}/messages/${await this.#subject(actor, deed, room)}`;
    if (deed.startsWith("edit")) return this.rest(actor, "PATCH", message, { content: "changed" });
    if (deed.startsWith("delete")) return this.rest(actor, "DELETE", message);
    return this.rest(actor, "PUT", `${message}/reactions/👍`);
  }

  /** The message that the deed is about, made for it by a backend; rooms that nobody writes to have none. */
  async #subject(actor: Actor, deed: Deed, room: string): Promise<string> {
    if (deed === "edit missing" || room.startsWith("notifications:")) return missingMessage;
    const author = deed.endsWith("own") ? { id: actor, name: actor } : { id: "somebody", name: "Somebody" };
    const body = { content: "the subject", author };
    return (await this.#must("publisher", "POST", `/rooms/${room}/messages`, body)).messageId;
  }

  async #must(actor: Actor, method: string, path: string, body?: object): Promise<{ messageId: string }> {
    const response = await this.#request(actor, method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return text === "" ? { messageId: "" } : JSON.parse(text);
  }

  /** Any call of the API. */
  async rest(actor: Actor | null, method: string, path: string, body?: object): Promise<Verdict> {
    const response = await this.#request(actor, method, path, body);
    if (response.ok) return "ok";
    return ((await response.json()) as { error: { code: string } }).error.code;
  }

  #request(actor: Actor | null, method: string, path: string, body?: object): Promise<Response> {
    const token = actor === null ? undefined : this.#tokens.get(actor);
    return fetch(`${this.#home.url}/api${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
