import { Crowd } from "../../../bench/deploy-load/crowd.ts";
import { type CrowdReport, type Goals, hasAll, reportOf } from "../../../bench/deploy-load/crowd-report.ts";
import { eventually } from "../eventually.ts";

/** What a proxy on this machine takes from one after the other, without a pause that a limit would ask for. */
const sockets = 20;
const perSecond = 10;
const withinMs = 30_000;
let runs = 0;

/** A roomful of people of all kinds of clients, who talk all the time and notice everything. */
export class StackUsers implements AsyncDisposable {
  readonly #crowd: Crowd;

  private constructor(url: string, jwtSecret: string) {
    runs += 1;
    this.#crowd = new Crowd({
      run: `users-${runs}-${Date.now().toString(36)}`,
      url,
      jwtSecret,
      sockets,
      membersPerRoom: sockets,
      processes: 1,
      process: 0,
      openedPerSecond: 100,
    });
  }

  /** Resolves when all are there and some have spoken. */
  static async come(url: string, jwtSecret: string): Promise<StackUsers> {
    const users = new StackUsers(url, jwtSecret);
    await users.#crowd.open();
    users.#crowd.send(perSecond);
    await users.saidMore(5);
    users.#crowd.watch();
    return users;
  }

  get acked(): number {
    return this.#crowd.clients.reduce((sum, { member }) => sum + member.acked, 0);
  }

  async saidMore(count: number): Promise<void> {
    const until = this.acked + count;
    await eventually("what users say", () => this.acked >= until, { withinMs });
  }

  /** They fall silent, and say what they noticed. */
  async report(): Promise<CrowdReport> {
    const crowd = this.#crowd;
    await this.saidMore(5);
    crowd.rest();
    await eventually("rest", () => crowd.clients.every(({ member }) => member.isIdle), { withinMs });
    const goals: Goals = {
      heads: crowd.books.map(({ head }) => head),
      notified: { rooms: [0], all: 0 },
    };
    await eventually("everybody to have all", () => hasAll(crowd, goals), { withinMs }).catch(() => {});
    return reportOf(crowd, goals, sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#crowd.rest();
    this.#crowd.close();
  }
}
