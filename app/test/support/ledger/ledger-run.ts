import type { SeededRandom } from "../seeded-random.ts";
import type { ServerHome } from "../server-home.ts";
import type { SpawnedServer } from "../spawned-server.ts";
import { LedgerClient, type LedgerClientOptions } from "./ledger-client.ts";
import type { RoomCopy } from "./room-copy.ts";

const clientCount = 50;
const lateCount = 10;
const roomCount = 10;
const roomsPerClient = 3;
const writesPerClient = 200;
const kills = 3;
/** Of each phase; on an idle machine all take 10 s together. */
const deadlineMs = 90_000;
const violationsMax = 20;

/** Replays all that a room keeps, or, for every fifth client, so little that it often has to read history. */
const replayMaxOf = (index: number): number => (index % 5 === 0 ? 3 : 10_000);

/** Members that send and are cut off, on a server that is killed and started again meanwhile. */
export class LedgerRun {
  readonly clients: LedgerClient[];
  readonly violations: string[] = [];
  readonly writes = clientCount * writesPerClient;
  killed = 0;
  readonly #home: ServerHome;
  readonly #random: SeededRandom;
  readonly #rooms = Array.from({ length: roomCount }, (_, index) => `room:ledger-${index}`);
  #server: Promise<SpawnedServer>;
  #answers = 0;

  constructor(home: ServerHome, random: SeededRandom) {
    this.#home = home;
    this.#random = random;
    this.#server = home.start();
    this.clients = Array.from({ length: clientCount }, (_, index) => this.#makeClient(index));
  }

  /** Resolves when everything was sent and everybody knows everything. */
  async finish(): Promise<void> {
    await this.#server;
    for (const client of this.clients.slice(0, -lateCount)) client.start();
    await this.#until("all writes are answered", () => this.clients.every(({ writes }) => writes.isDone));
    for (const client of this.clients) client.calm();
    await this.#until("everybody follows all rooms", () => this.clients.every(({ isSettled }) => isSettled));
  }

  /** The logs as a newcomer reads them, once every member has come as far. */
  async audit(): Promise<ReadonlyMap<string, RoomCopy>> {
    const options = {
      name: "auditor",
      rooms: this.#rooms,
      writes: 0,
      replayMax: 10_000,
      isFromStart: true,
    };
    const auditor = this.#client(options);
    auditor.calm();
    auditor.start();
    await this.#until("the auditor has read all rooms", () => auditor.isSettled);
    await this.#until("everybody is at the heads", () =>
      this.clients.every(({ copies }) =>
        [...copies.values()].every(({ room, seq }) => seq === auditor.copies.get(room)?.seq),
      ),
    );
    auditor.end();
    return auditor.copies;
  }

  end(): void {
    for (const client of this.clients) client.end();
  }

  #makeClient(index: number): LedgerClient {
    return this.#client({
      name: `member-${index}`,
      rooms: this.#random.sample(this.#rooms, roomsPerClient),
      writes: writesPerClient,
      replayMax: replayMaxOf(index),
      isFromStart: index >= clientCount - lateCount,
    });
  }

  #client(options: Omit<LedgerClientOptions, "url" | "random" | "onAnswer" | "onViolation">): LedgerClient {
    return new LedgerClient({
      ...options,
      url: this.#home.url,
      random: this.#random.fork(),
      onAnswer: () => this.#answered(),
      onViolation: (what) => this.violations.push(what),
    });
  }

  #answered(): void {
    this.#answers += 1;
    if (this.#answers === Math.floor(this.writes / 2)) this.#startLate();
    if (this.#answers >= (this.writes * (this.killed + 1)) / (kills + 1) && this.killed < kills)
      this.#restart();
  }

  #startLate(): void {
    for (const client of this.clients.slice(-lateCount)) client.start();
  }

  /** In the moment of an answer: what the server acked before it stored it is lost. */
  #restart(): void {
    this.killed += 1;
    this.#server = this.#server.then(async (server) => {
      await server.kill();
      return this.#home.start();
    });
  }

  async #until(what: string, isMet: () => boolean): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!isMet() && this.violations.length < violationsMax) {
      if (performance.now() > deadline)
        return void this.violations.push(`not in time: ${what}: ${this.#story()}`);
      await Bun.sleep(10);
    }
  }

  #story(): string {
    const unsettled = this.clients.filter(({ isSettled }) => !isSettled);
    return `${this.#answers} answers; unsettled: ${unsettled.map((client) => client.story).join(", ")}`;
  }
}
