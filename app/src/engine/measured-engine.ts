import type {
  Engine,
  EngineListener,
  HistoryBounds,
  HistoryPage,
  Position,
  Publish,
  PublishResult,
  Replay,
  ReplayBounds,
} from "../chat/engine.ts";
import type {
  ControlAuthor,
  ControlChange,
  ControlResult,
  PageBounds,
  ReactorBounds,
  Seen,
} from "../chat/engine-people.ts";
import type { EngineOperation, Metrics } from "../telemetry/metrics.ts";

/** Any engine, with the time that each operation took. */
export class MeasuredEngine implements Engine {
  readonly #engine: Engine;
  readonly #metrics: Metrics;

  constructor(engine: Engine, metrics: Metrics) {
    this.#engine = engine;
    this.#metrics = metrics;
  }

  get name() {
    return this.#engine.name;
  }

  get connections() {
    return this.#engine.connections;
  }

  get others() {
    return this.#engine.others;
  }

  listen(listener: EngineListener): void {
    this.#engine.listen(listener);
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.#measure("publish", () => this.#engine.publish(publish));
  }

  subscribe(room: string): Promise<void> {
    return this.#engine.subscribe(room);
  }

  unsubscribe(room: string): void {
    this.#engine.unsubscribe(room);
  }

  head(room: string): Promise<Position> {
    return this.#measure("read", () => this.#engine.head(room));
  }

  get heads(): Engine["heads"] {
    const { heads } = this.#engine;
    return heads && ((rooms) => this.#measure("read", () => heads.call(this.#engine, rooms)));
  }

  replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay> {
    return this.#measure("read", () => this.#engine.replay(room, after, bounds));
  }

  history(room: string, bounds: HistoryBounds): Promise<HistoryPage> {
    return this.#measure("history", () => this.#engine.history(room, bounds));
  }

  reactors(room: string, messageId: string, bounds: ReactorBounds) {
    return this.#measure("people", () => this.#engine.reactors(room, messageId, bounds));
  }

  control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    return this.#measure("control", () => this.#engine.control(change, author));
  }

  membership(room: string, userId: string) {
    return this.#measure("people", () => this.#engine.membership(room, userId));
  }

  members(room: string, bounds: PageBounds) {
    return this.#measure("people", () => this.#engine.members(room, bounds));
  }

  groupsOf(userId: string, bounds: PageBounds) {
    return this.#measure("people", () => this.#engine.groupsOf(userId, bounds));
  }

  blocksBy(userId: string, bounds: PageBounds) {
    return this.#measure("people", () => this.#engine.blocksBy(userId, bounds));
  }

  blockRelations(userId: string): Promise<readonly string[]> {
    return this.#measure("people", () => this.#engine.blockRelations(userId));
  }

  noteSeen(seen: readonly Seen[]): Promise<void> {
    return this.#measure("people", () => this.#engine.noteSeen(seen));
  }

  lastSeen(userId: string): Promise<number | null> {
    return this.#measure("people", () => this.#engine.lastSeen(userId));
  }

  installSecret(): Promise<Uint8Array> {
    return this.#engine.installSecret();
  }

  probe(): Promise<void> {
    return this.#engine.probe();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  /** Hands back the engine's own promise: one derived from it would be late for the order of answers. */
  #measure<T>(operation: EngineOperation, run: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = run();
    const observe = () => this.#metrics.engineOperation(operation, (performance.now() - startedAt) / 1000);
    result.then(observe, observe);
    return result;
  }
}
