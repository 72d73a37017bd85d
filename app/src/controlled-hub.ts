import type { InstanceName } from "./chat/context.ts";
import type { DrainPace } from "./chat/drain-run.ts";
import type { Hub } from "./chat/hub.ts";
import type { Controlled, ControlStatus } from "./control.ts";

/** One server, to who runs it. */
export class ControlledHub implements Controlled {
  readonly #hub: Pick<Hub, "drain" | "connectionCount" | "openedCount" | "sessionCount" | "isDraining">;
  readonly #instance: InstanceName;
  readonly #isEngineHealthy: () => boolean;

  constructor(hub: Hub, instance: InstanceName, isEngineHealthy: () => boolean) {
    this.#hub = hub;
    this.#instance = instance;
    this.#isEngineHealthy = isEngineHealthy;
  }

  status(): ControlStatus {
    const { id, color, version } = this.#instance;
    const { connectionCount: connections, openedCount: opened, sessionCount: sessions } = this.#hub;
    const ready = this.#isEngineHealthy() && !this.#hub.isDraining;
    const drain = this.#hub.drain.status();
    return { instance: id, color, version, ready, connections, opened, sessions, drain };
  }

  drain(pace: DrainPace): boolean {
    return this.#hub.drain.begin(pace) !== "final";
  }

  undrain(): boolean {
    return this.#hub.drain.undrain() !== "final";
  }
}
