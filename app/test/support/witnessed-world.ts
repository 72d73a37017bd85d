import { HttpWorld } from "./http-world.ts";
import { ManualClock } from "./manual-clock.ts";
import type { ProtocolWitness } from "./protocol-witness.ts";
import { type Claims, signToken, tokenSecret } from "./tokens.ts";
import { WsClient } from "./ws-client.ts";

/** A server whose every frame a witness sees. Its hub's clock stands still until told. Ends with its block. */
export class WitnessedWorld implements AsyncDisposable {
  readonly #witness: ProtocolWitness;
  readonly #http: HttpWorld;
  readonly clock: ManualClock;

  private constructor(witness: ProtocolWitness, http: HttpWorld, clock: ManualClock) {
    this.#witness = witness;
    this.#http = http;
    this.clock = clock;
  }

  static async start(witness: ProtocolWitness): Promise<WitnessedWorld> {
    const clock = new ManualClock();
    // Tokens are dated by the time of day.
    clock.pause(Date.now() - clock.now());
    const env = { JWT_SECRET: tokenSecret, MESSAGES_PER_MINUTE: "0", PRESENCE_EVENTS_MAX_MEMBERS: "2" };
    return new WitnessedWorld(witness, await HttpWorld.start(env, 0, clock), clock);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http.stop();
  }

  get engine(): HttpWorld["engine"] {
    return this.#http.engine;
  }

  get hub(): HttpWorld["hub"] {
    return this.#http.hub;
  }

  async connect(sub: string, claims: Claims = {}, connectionId: string = sub): Promise<WsClient> {
    const protocols = ["holdline.v1", `bearer.${await signToken({ sub, name: sub, ...claims })}`];
    const witness = this.#witness.watch();
    return await WsClient.connect(`${this.#http.url}/ws/chat/${connectionId}`, { protocols, witness });
  }

  /** Connects and joins. */
  async join(room: string, sub: string, claims: Claims = {}): Promise<WsClient> {
    const client = await this.connect(sub, claims);
    await client.join(room);
    return client;
  }

  /** As a backend that may do everything. */
  async rest(method: string, path: string, body?: object): Promise<void> {
    const authorization = `Bearer ${await signToken({ sub: "backend", scope: "publish admin" })}`;
    const headers = { authorization, "content-type": "application/json" };
    const text = body === undefined ? null : JSON.stringify(body);
    const response = await fetch(`${this.#http.url}/api${path}`, { method, headers, body: text });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  }
}
