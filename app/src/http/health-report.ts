import type { InstanceHealth, ReadyStatus } from "./instance-health.ts";

/** The best of several: as long as one is ready, somebody takes those who come. */
const best: readonly ReadyStatus[] = ["ready", "draining", "starting", "unavailable"];

/** What the health routes answer for one instance, or for all that share a port. */
export class HealthReport {
  readonly #asked: InstanceHealth;
  readonly #all: readonly InstanceHealth[];

  /** `all`: with the one that was asked. */
  constructor(asked: InstanceHealth, all: readonly InstanceHealth[]) {
    this.#asked = asked;
    this.#all = all.length === 0 ? [asked] : all;
  }

  get ready(): ReadyStatus {
    return best.find((status) => this.#all.some(({ ready }) => ready === status)) ?? "unavailable";
  }

  get isHealthy(): boolean {
    return this.#all.some(({ isHealthy }) => isHealthy);
  }

  full() {
    const { version, color, instance, engine, access } = this.#named();
    return {
      status: this.isHealthy ? "healthy" : "unhealthy",
      uptime: Math.max(...this.#all.map(({ uptime }) => uptime)),
      timestamp: Date.now(),
      version,
      color,
      instance,
      connections: this.#sum(({ connections }) => connections),
      users: this.#sum(({ users }) => users),
      rooms: this.#sum(({ rooms }) => rooms),
      memory: this.#memory(),
      checks: {
        engine: { isHealthy: this.isHealthy, name: engine.name, canaryAgeMs: this.#canaryAgeMs() },
        drain: { isDraining: this.#all.every(({ isDraining }) => isDraining) },
        ...access,
      },
      ...this.#workers(),
    };
  }

  sockets() {
    const connections = this.#sum((each) => each.connections);
    const users = this.#sum((each) => each.users);
    return {
      isHealthy: this.isHealthy,
      totalConnections: connections,
      uniqueUsers: users,
      averageConnectionsPerUser: users === 0 ? 0 : connections / users,
      timestamp: Date.now(),
    };
  }

  redis() {
    const { engine } = this.#named();
    if (engine.connections === null) return { engine: engine.name };
    return { isHealthy: this.isHealthy, ...engine.connections, timestamp: Date.now() };
  }

  #named() {
    const { id, ...asked } = this.#asked;
    return { ...asked, instance: id };
  }

  /** A user with sockets on two of them counts twice. */
  #sum(pick: (each: InstanceHealth) => number): number {
    return this.#all.reduce((sum, each) => sum + pick(each), 0);
  }

  #memory() {
    return {
      rss: this.#sum(({ memory }) => memory.rss),
      heapTotal: this.#sum(({ memory }) => memory.heapTotal),
      heapUsed: this.#sum(({ memory }) => memory.heapUsed),
    };
  }

  /** The oldest. Null: there is one that never came back. */
  #canaryAgeMs(): number | null {
    const ages = this.#all.map(({ canaryAgeMs }) => canaryAgeMs);
    return ages.includes(null) ? null : Math.max(...ages.map(Number));
  }

  #workers() {
    if (this.#all.length === 1) return {};
    const workers = this.#all.map(({ id, ready, isHealthy, connections, users, rooms, memory }) => {
      return { instance: id, ready, isHealthy, connections, users, rooms, rss: memory.rss };
    });
    return { workers };
  }
}
