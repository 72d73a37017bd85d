import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PlantedSecrets } from "./planted-secrets.ts";
import type { ServerHome } from "./server-home.ts";
import type { SmallDisk } from "./small-disk.ts";
import type { SpawnedServer } from "./spawned-server.ts";
import { signToken } from "./tokens.ts";
import { WsClient } from "./ws-client.ts";

const room = "room:secrets";
const group = "group:secrets";
const missing = "0190a6e0-0000-7000-8000-000000000000";

/** Uses a server in every way that takes a secret, rightly and wrongly, and keeps what it wrote for everybody. */
export class SecretsRun {
  readonly secrets = new PlantedSecrets();
  /** Is logged, so that it must be found where the secrets must not. */
  readonly userId = `user-${crypto.randomUUID()}`;
  readonly #home: ServerHome;
  readonly #jwtSecret = this.secrets.plant("JWT_SECRET");
  readonly #metricsToken = this.secrets.plant("METRICS_TOKEN");
  readonly #refusals: string[] = [];
  readonly #clients: WsClient[] = [];
  #server: SpawnedServer | null = null;

  constructor(home: ServerHome) {
    this.#home = home;
  }

  async start(env: Record<string, string>): Promise<void> {
    const own = { LOG_LEVEL: "debug", JWT_SECRET: this.#jwtSecret, METRICS_TOKEN: this.#metricsToken };
    this.#server = await this.#home.start({ env: { ...own, ...env } });
  }

  /** A key server that is not there, whose address holds a password. */
  async startWithoutKeys(): Promise<void> {
    const password = this.secrets.plant("the password of the key server");
    await this.start({ JWT_SECRET: "", JWKS_URL: `http://a:${password}@127.0.0.1:9/keys?key=${password}` });
  }

  /** A server that does not start with what it is given. */
  async startWrongly(): Promise<void> {
    const password = this.secrets.plant("a password in JWKS_URL");
    const env = {
      JWT_SECRET: this.#jwtSecret,
      METRICS_TOKEN: `${this.#metricsToken} `,
      JWKS_URL: `ftp://a:${password}@b`,
    };
    const server = await this.#home.spawn({ env });
    await server.exited();
    this.#refusals.push(server.output);
  }

  async #token(what: string, claims: object = {}): Promise<string> {
    const key = new TextEncoder().encode(this.#jwtSecret);
    const token = await signToken({ sub: this.userId, scope: "admin publish", ...claims }, { key });
    return this.secrets.plantToken(what, token);
  }

  /** Tokens in all places: good ones, and ones that are refused for each reason. */
  async authenticate(): Promise<void> {
    const expired = await this.#token("an expired token", { exp: 1 });
    const stranger = this.secrets.plantToken("a stranger's token", await signToken());
    const garbage = this.secrets.plant("a token that is none");
    for (const token of [await this.#token("a good token"), expired, stranger, garbage, `${garbage}.a.b`]) {
      await this.#knock({ protocols: ["holdline.v1", `bearer.${token}`] });
      await this.#knock({ headers: { authorization: `Bearer ${token}` } });
      await this.#knock({}, `?token=${token}`);
      await this.#knock({ headers: { authorization: `Bearer ${token}` } }, `?token=${token}`);
      await this.call("GET", "/blocks", undefined, token);
      await this.#get("/metrics", token);
    }
  }

  async #knock(options: Parameters<typeof WsClient.connect>[1], query = ""): Promise<void> {
    const url = `${this.#home.url}/ws/chat/${crypto.randomUUID()}${query}`;
    const headers = { ...options?.headers, "sec-websocket-protocol": options?.protocols?.join(", ") ?? "" };
    await this.#note(await fetch(url, { headers }));
    await WsClient.connect(url, options).then(
      (client) => client.close(),
      () => {},
    );
  }

  async connect(): Promise<WsClient> {
    const protocols = ["holdline.v1", `bearer.${await this.#token("a socket's token")}`];
    const client = await WsClient.connect(`${this.#home.url}/ws/chat`, { protocols });
    this.#clients.push(client);
    return client;
  }

  /** What people say, well-formed and not. */
  async talk(): Promise<void> {
    const [author, reader] = [await this.connect(), await this.connect()];
    for (const client of [author, reader]) await client.join(room);
    const content = this.secrets.plant("a message's text");
    const meta = { note: this.secrets.plant("meta") };
    const sent = await author.ask("send_message", { room, content, meta });
    const { messageId } = sent.payload;
    const edited = {
      content: this.secrets.plant("an edit's text"),
      meta: { note: this.secrets.plant("its meta") },
    };
    await author.ask("message_edit", { room, messageId, ...edited });
    await author.ask("reaction", { room, messageId, emoji: "👍", action: "add" });
    await reader.ask("history", { room });
    await author.ask("message_delete", { room, messageId });
    await author.ask("message", { content: this.secrets.plant("an echo") });
    await author.ask("refresh_token", { token: await this.#token("a new token") });
    await author.ask("refresh_token", {
      token: await this.#token("somebody else's token", { sub: "mallory" }),
    });
    await author.ask("refresh_token", { token: this.secrets.plant("no token at all") });
    await this.#talkWrongly(author);
  }

  async #talkWrongly(author: WsClient): Promise<void> {
    const word = this.secrets.plant("what was refused");
    const inner = { type: "send_message", id: "w", payload: { room: group, content: word, meta: { word } } };
    await author.ask("batch", {
      commands: [inner, { ...inner, payload: { room, content: [word] } }, word, [word]],
    });
    await author.ask("send_message", { room, content: word.repeat(400) });
    await author.ask("send_message", { room, content: word, meta: word });
    await author.ask("send_message", { room, content: word, meta: { [`${word}\ud800`]: word } });
    await author.ask("send_message", { room: `${room} ${word}`, content: word });
    await author.ask("message_edit", { room, messageId: missing, content: word });
    await author.ask("message_edit", { room, messageId: word, content: word });
    await author.ask(word, { content: word });
    for (const text of [`{"${word}`, word, `["${word}"]`, `{"type":"message","payload":{"content":${word}}}`])
      author.send(text);
    await author.ask("send_message", { room, content: word }, "one-id");
    await author.ask("send_message", { room, content: `${word}!` }, "one-id");
  }

  /** The same over REST. */
  async callApi(): Promise<void> {
    const word = this.secrets.plant("a body's text");
    const path = `/rooms/${room}/messages`;
    const sent = await this.call("POST", path, { content: word, meta: { word }, id: "r" });
    await this.call("POST", path, { content: `${word}!`, id: "r" });
    await this.call("PATCH", `${path}/${sent.messageId}`, { content: word });
    await this.call("PATCH", `${path}/${missing}`, { content: word });
    await this.call("POST", path, { content: [word], meta: word });
    await this.call("POST", path, { content: word.repeat(400) });
    for (const text of [`{"content":"${word}`, `{"content":${word}}`]) await this.call("POST", path, text);
    await this.call("POST", "/nowhere", { content: word });
    await this.#notify();
  }

  async #notify(): Promise<void> {
    const word = this.secrets.plant("a notification's payload");
    const reader = await this.connect();
    await reader.join("notifications:me");
    await this.call("POST", "/notifications", { userIds: [this.userId], payload: { word } });
    await reader.event("notification");
    await this.call("POST", "/notifications", { userIds: word, payload: word });
    await this.call("POST", "/notifications", { broadcast: true, payload: { word: word.repeat(400) } });
  }

  /** The engine fails while it holds what people said. */
  async fillDisk(disk: SmallDisk): Promise<void> {
    const author = await this.connect();
    await author.join(room);
    await disk.fill();
    const content = this.secrets.plant("what could not be stored").repeat(200);
    const isStored = async () => (await author.ask("send_message", { room, content })).type !== "error";
    while (await isStored());
    await this.call("POST", `/rooms/${room}/messages`, { content });
  }

  /** Calls the API; what is refused is kept. */
  async call(method: string, path: string, body?: unknown, token?: string): Promise<{ messageId?: string }> {
    const authorization = `Bearer ${token ?? (await this.#token("a token of REST"))}`;
    const response = await fetch(`${this.#home.url}/api${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return JSON.parse((await this.#note(response)) || "{}");
  }

  async #note(response: Response): Promise<string> {
    const text = await response.text();
    if (!response.ok) this.#refusals.push(text, JSON.stringify([...response.headers]));
    return text;
  }

  async #get(path: string, token = this.#metricsToken): Promise<string> {
    return this.#note(await fetch(this.#home.url + path, { headers: { authorization: `Bearer ${token}` } }));
  }

  /** Ends the server. What it wrote, by where. */
  async finish(): Promise<Map<string, string>> {
    const told = new Map<string, string>();
    for (const path of ["/metrics", "/health", "/health/websocket", "/docs/json"])
      told.set(path, await this.#get(path));
    const frames = this.#clients.flatMap((client) => client.frames.filter(({ type }) => type === "error"));
    const results = this.#clients.flatMap((client) =>
      client.frames.filter(({ payload }) => "results" in payload),
    );
    told.set("error frames", JSON.stringify([...frames, ...results]));
    told.set("refusals", this.#refusals.join("\n"));
    await this.#server?.stop();
    told.set("stdout", this.#server?.stdout ?? "");
    told.set("stderr", this.#server?.stderr ?? "");
    for (const name of await readdir(this.#home.path("logs")))
      told.set(name, await Bun.file(join(this.#home.path("logs"), name)).text());
    return told;
  }
}
