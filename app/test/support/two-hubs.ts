import type { ChatLimits } from "../../src/chat/context.ts";
import { ChatInstances } from "./chat-instances.ts";
import { type ChatWorld, type Client, settle } from "./chat-world.ts";

/** Two instances of one server, `a` and `b`, and sessions that move between them. */
export class TwoHubs {
  readonly instances: ChatInstances;
  readonly a: ChatWorld;
  readonly b: ChatWorld;

  private constructor(limits: Partial<ChatLimits>) {
    this.instances = new ChatInstances(limits);
    this.a = this.instances.start("a");
    this.b = this.instances.start("b");
  }

  static async start(limits: Partial<ChatLimits> = {}): Promise<TwoHubs> {
    const hubs = new TwoHubs(limits);
    await settle();
    return hubs;
  }

  /** A handshake that is let in, and everybody has heard of it. */
  async enter(world: ChatWorld, ...request: Parameters<ChatWorld["enter"]>): Promise<Client> {
    const client = await world.entered(...request);
    await settle();
    return client;
  }

  /** Tells everybody on an instance to move. */
  async drain(world: ChatWorld): Promise<void> {
    world.hub.drain.begin({ ratePerSecond: 1000, graceMs: 15_000 });
    await this.pass(1000);
  }

  /** Time goes by, half a second after the other. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      this.instances.clock.advance(Math.min(500, ms - passed));
      await settle();
    }
  }

  /** Of `a` and of `b`. */
  get sessionCounts(): number[] {
    return [this.a.hub.sessionCount, this.b.hub.sessionCount];
  }
}

export const goodbyesTo = ({ socket }: Client) =>
  socket.framesOf("goodbye").map(({ payload }) => payload.reason);

/** Null: it is open. */
export const closeCodeOf = ({ socket }: Client): number | null => socket.closedWith?.code ?? null;
