import { ApiClient } from "./api-client.ts";
import { signToken } from "./tokens.ts";
import { WsClient } from "./ws-client.ts";

const room = "room:load";
const connectMs = 10_000;
/** A round has some twelve commands of a connection, which may send 50 per second. */
const roundMsMin = 400;

/** Tries again where a busy machine's server cannot take it yet. */
async function connect(url: string, userId: string, session: string): Promise<WsClient> {
  const protocols = ["holdline.v1", `bearer.${await signToken({ sub: userId })}`];
  const deadline = Date.now() + connectMs;
  for (;;) {
    try {
      return await WsClient.connect(`${url}/ws/chat/${session}`, { protocols });
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** One client at each server, and a backend: a little of everything that is measured, mistakes included. */
export class SmallLoad implements AsyncDisposable {
  readonly #url: string;
  readonly #clients: readonly WsClient[];
  readonly #backend: ApiClient;
  #rounds = 0;
  #nextRoundAt = 0;

  private constructor(url: string, clients: readonly WsClient[], backend: ApiClient) {
    this.#url = url;
    this.#clients = clients;
    this.#backend = backend;
  }

  /** The first server gets the requests. */
  static async start(urls: readonly [string, ...string[]]): Promise<SmallLoad> {
    const clients = await Promise.all(
      urls.map((url, index) => connect(url, `user${index}`, `load-${index}`)),
    );
    for (const client of clients) await client.join(room);
    const backend = await ApiClient.create(urls[0], { sub: "backend", scope: "publish" });
    return new SmallLoad(urls[0], clients, backend);
  }

  /** Clients whose server is gone do nothing. Not sooner than what connections may send allows. */
  async round(): Promise<void> {
    await Bun.sleep(Math.max(0, this.#nextRoundAt - performance.now()));
    this.#nextRoundAt = performance.now() + roundMsMin;
    this.#rounds += 1;
    const present = this.#clients.filter((client) => !client.isClosed);
    await Promise.all([...present.map((client) => this.#chat(client)), this.#callApi(), this.#comeAndGo()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.isClosed || client.close()));
  }

  async #chat(client: WsClient): Promise<void> {
    const id = Bun.randomUUIDv7();
    await client.ask("send_message", { room, content: "hello" }, id);
    const { payload } = await client.ask("send_message", { room, content: "hello" }, id);
    const { epoch, seq, messageId } = payload;
    await client.ask("reaction", { room, messageId, emoji: "👍", action: "add" });
    await client.ask("history", { room });
    for (const isTyping of [true, false, true]) await client.ask("typing", { room, isTyping });
    await client.ask("no_such_command", {});
    await client.ask("leave", { rooms: [room] });
    await client.join(room, { epoch, seq });
    await client.join(room, { epoch: "another", seq: 3 });
  }

  async #callApi(): Promise<void> {
    await this.#backend.get("/rooms");
    await this.#backend.get(`/rooms/${room}/messages`);
    await this.#backend.call("POST", "/notifications", {
      userIds: ["user0", "user1"],
      payload: { n: this.#rounds },
    });
  }

  async #comeAndGo(): Promise<void> {
    const guest = await connect(this.#url, "visitor", `visitor-${this.#rounds}`);
    await guest.close();
    const refused = WsClient.connect(`${this.#url}/ws/chat/x?token=none`);
    await refused.then(
      () => {
        throw new Error("a bad token was accepted");
      },
      () => {},
    );
  }
}
