import { isLimit } from "./connection-limits.ts";
import type { DeployUsers } from "./deploy-users.ts";
import { Latencies } from "./latencies.ts";
import { LoadSocket, type Opening } from "./load-socket.ts";

interface LoadOptions {
  readonly url: string;
  readonly users: DeployUsers;
  readonly count: number;
  readonly seconds: number;
}

/** The answer to a plain GET where a handshake would be accepted: what had refused it a moment ago is over. */
const wouldBeAccepted = "upgrade_required";
const attemptsMax = 3;
const openingAtOnce = 20;
const echoEveryMs = 500;
/** Of what a user may write in a burst. */
const burstShare = 0.8;
const settleMaxMs = 5000;
const lookEveryMs = 10;

/** Many sockets that each send echoes for a while. */
export class LoadTest {
  readonly latencies = new Latencies();
  sent = 0;
  /** The limit that kept further sockets out. */
  limit: string | null = null;
  /** Why a socket was not let in, which no limit explains. */
  refusal: string | null = null;
  readonly #options: LoadOptions;
  readonly #sockets: LoadSocket[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#sockets.length;
  }

  get errors(): number {
    return this.#sockets.reduce((sum, { errors }) => sum + errors, 0);
  }

  /** Sockets that were closed by somebody else. */
  get closed(): number {
    return this.#sockets.filter(({ isOpen }) => !isOpen).length;
  }

  /** Echoes that were not answered. */
  get lost(): number {
    return this.#sockets.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** Opens as many as are let in. */
  async fill(): Promise<void> {
    const indexes = Array.from({ length: this.#options.count }, (_, index) => index).values();
    const work = async () => {
      for (const index of indexes) {
        if (this.limit !== null || this.refusal !== null) return;
        await this.#open(index);
      }
    };
    await Promise.all(Array.from({ length: openingAtOnce }, work));
  }

  /** Echoes on each, spread over the time; resolves when all are answered, or 5 s after the last. */
  async echo(): Promise<void> {
    const endsAt = performance.now() + this.#options.seconds * 1000;
    await Promise.all(this.#sockets.map((socket) => this.#echoOn(socket, endsAt)));
    const deadline = performance.now() + settleMaxMs;
    while (this.lost > 0 && performance.now() < deadline) await Bun.sleep(lookEveryMs);
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  async #open(index: number): Promise<void> {
    const opening = await this.#dial(index);
    if (opening.ok) this.#sockets.push(opening.socket);
    else if (isLimit(opening.code)) this.limit ??= opening.code;
    else this.refusal ??= opening.code;
  }

  async #dial(index: number, attemptsLeft = attemptsMax): Promise<Opening> {
    const { url, users } = this.#options;
    const target = { url, token: await users.tokenOf(index), address: addressOf(index) };
    const opening = await LoadSocket.open(target, (ms) => this.latencies.add(ms));
    const isWelcomeNow = !opening.ok && opening.code === wouldBeAccepted;
    return isWelcomeNow && attemptsLeft > 1 ? this.#dial(index, attemptsLeft - 1) : opening;
  }

  async #echoOn(socket: LoadSocket, endsAt: number): Promise<void> {
    let left = this.#allowance(socket);
    await Bun.sleep(Math.random() * echoEveryMs);
    while (left > 0 && socket.isOpen && performance.now() < endsAt) {
      left -= 1;
      this.sent += 1;
      socket.echo();
      await Bun.sleep(echoEveryMs);
    }
  }

  /** How many echoes its user may send on this socket. */
  #allowance({ messagesPerMinute }: LoadSocket): number {
    if (messagesPerMinute === 0) return Number.POSITIVE_INFINITY;
    const socketsPerUser = Math.max(1, Math.ceil(this.open / this.#options.users.count));
    return Math.max(1, Math.floor((messagesPerMinute * burstShare) / socketsPerUser));
  }
}

/** In 198.18.0.0/15, which is nobody's: for tests of networks (RFC 2544). */
function addressOf(index: number): string {
  const host = index + 1;
  return `198.${18 + ((host >> 16) & 1)}.${(host >> 8) & 255}.${host & 255}`;
}
