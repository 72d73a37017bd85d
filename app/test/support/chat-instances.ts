import type { ChatLimits } from "../../src/chat/context.ts";
import { ChatWorld } from "./chat-world.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { SharedEngine } from "./shared-engine.ts";

/** Several hubs that are one server, on one engine and one clock. */
export class ChatInstances {
  readonly engine = new MemoryEngine();
  readonly clock = new ManualClock();
  readonly shared = new SharedEngine(this.engine, this.clock);
  readonly #limits: Partial<ChatLimits>;

  constructor(limits: Partial<ChatLimits> = {}) {
    this.#limits = limits;
  }

  start(instance: string): ChatWorld {
    const view = this.shared.view(instance);
    return new ChatWorld(this.#limits, null, { engine: this.engine, clock: this.clock, view });
  }
}
