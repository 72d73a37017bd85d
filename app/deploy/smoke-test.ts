import { type ClientOptions, type Greeting, HoldlineError } from "../client/index.ts";
import { CheckFailed } from "./check-list.ts";
import { isLimit } from "./connection-limits.ts";
import { CutLine } from "./cut-line.ts";
import type { DeployUsers } from "./deploy-users.ts";
import { SmokeClient } from "./smoke-client.ts";

const messagesEachWay = 100;
const missedMessages = 3;
/** All from one address, which may have 20 connections. */
const pairsMax = 7;
/** Of what a user may write in a burst. The rest is for who else is this user. */
const burstShare = 0.8;
/** Messages and their deletion that the first user of a side writes in other checks. */
const otherWrites = 2 * (missedMessages + 1);
/** Behind all pairs, so that no user needs two connections where there are enough of them. */
const otherUser = 2 * pairsMax;
const neededFeatures = ["resume", "history", "delete"];

/** What a new colour has to do before anybody is sent there: two sides that talk, in a room of their own. */
export class SmokeTest {
  readonly #url: string;
  readonly #users: DeployUsers;
  readonly #room: string;
  /** Whose messages have to be deleted. */
  readonly #clients: SmokeClient[] = [];
  /** The first of each side. */
  readonly #sides: readonly [SmokeClient, SmokeClient];
  /** Messages that were deleted already. */
  #removed = 0;

  constructor(url: string, users: DeployUsers, room: string) {
    this.#url = url;
    this.#users = users;
    this.#room = room;
    this.#sides = [this.#client(0), this.#client(1)];
  }

  async greeting(color: string, version: string | undefined): Promise<string> {
    const greetings = await Promise.all(this.#sides.map((side) => side.join()));
    for (const greeting of greetings) checkGreeting(greeting, color, version);
    return `greeting names ${color} and its features`;
  }

  async exchange(): Promise<string> {
    const { pairs, perSender } = this.#plan();
    const further = await this.#recruit(pairs - 1);
    try {
      const count = Math.min(messagesEachWay, (further.length + 1) * perSender);
      const sides = this.#sides.map((first, side) => [first, ...further.map((pair) => pair[side] ?? first)]);
      const texts = ["a", "b"].map((mark) =>
        Array.from({ length: count }, (_, index) => `${mark} ${index + 1}`),
      );
      await Promise.all(sides.map((side, index) => sendInTurn(side, texts[index] ?? [], perSender)));
      const [first, second] = this.#sides;
      await Promise.all([second.hears("a", texts[0] ?? []), first.hears("b", texts[1] ?? [])]);
      return `${count} messages each way in order, by ${2 * (further.length + 1)} users`;
    } finally {
      for (const client of further.flat()) this.#removed += await client.leave();
    }
  }

  async otherColour(otherUrl: string): Promise<string> {
    const [here] = this.#sides;
    const there = this.#client(otherUser, { url: otherUrl });
    const { instance, color } = await there.join();
    if (instance === here.client.greeting?.instance)
      throw new CheckFailed("both URLs lead to the same server");
    await here.send("from here");
    await there.send("from there");
    await there.hears("from here", ["from here"]).catch(named(`to ${color}`));
    await here.hears("from there", ["from there"]).catch(named(`from ${color}`));
    return `a message to ${color} and one from there`;
  }

  async resume(): Promise<string> {
    const line = new CutLine();
    const client = this.#client(otherUser + 1, { WebSocket: line.WebSocket });
    await client.join();
    line.cut();
    await client.isAway();
    const missed = Array.from({ length: missedMessages }, (_, index) => `missed ${index + 1}`);
    await this.#sides[0].send(...missed);
    line.mend();
    await client.hears("missed", missed);
    const { resumes, resets } = client.client.counters;
    if (resumes < 1 || resets > 0) throw new CheckFailed("it was told to begin anew");
    return `resumes: a client that dropped missed none of ${missedMessages} messages`;
  }

  /** Also after checks that failed. */
  async removeMessages(): Promise<string> {
    const counts = await Promise.all(this.#clients.map((client) => client.removeAll()));
    const left = await this.#sides[0].history();
    if (left > 0) throw new CheckFailed(`${left} messages are still there`);
    return `${counts.reduce((sum, count) => sum + count, this.#removed)} messages deleted again`;
  }

  #client(user: number, options: Partial<ClientOptions> = {}): SmokeClient {
    const client = this.#newClient(user, options);
    this.#clients.push(client);
    return client;
  }

  #newClient(user: number, options: Partial<ClientOptions>): SmokeClient {
    return new SmokeClient({ url: this.#url, ...this.#users.optionsOf(user), ...options }, this.#room);
  }

  /** How many users of each side send how many messages, so that no user is found to write too much. */
  #plan() {
    const limit = this.#sides[0].client.greeting?.limits.messagesPerMinute ?? 0;
    const writes = Math.floor(limit * burstShare) - otherWrites;
    const perSender = limit === 0 ? messagesEachWay : Math.max(1, Math.floor(writes / 2));
    const wanted = Math.ceil(messagesEachWay / perSender);
    return { pairs: Math.min(wanted, pairsMax, Math.floor(this.#users.count / 2)), perSender };
  }

  /** As many further pairs as the server lets in. */
  async #recruit(count: number): Promise<SmokeClient[][]> {
    const pairs: SmokeClient[][] = [];
    while (pairs.length < count) {
      const users = [2, 3].map((user) => user + 2 * pairs.length);
      const pair = users.map((user) => this.#newClient(user, { reconnectAttemptsMax: 0 }));
      pairs.push(pair);
      if (await isLetIn(pair)) continue;
      for (const client of pair) client.client.close();
      return pairs.slice(0, -1);
    }
    return pairs;
  }
}

/** False: a limit keeps one of them out. */
async function isLetIn(pair: readonly SmokeClient[]): Promise<boolean> {
  try {
    await Promise.all(pair.map((client) => client.join()));
    return true;
  } catch (error) {
    if (error instanceof HoldlineError && isLimit(error.code)) return false;
    throw error;
  }
}

/** One after the other: between users there is no other order. */
async function sendInTurn(
  senders: readonly SmokeClient[],
  texts: readonly string[],
  each: number,
): Promise<void> {
  for (const [index, sender] of senders.entries())
    await sender.send(...texts.slice(index * each, (index + 1) * each));
}

function checkGreeting(
  { color, version, features }: Greeting,
  wanted: string,
  build: string | undefined,
): void {
  if (color !== wanted) throw new CheckFailed(`names ${color}, not ${wanted}`);
  if (build !== undefined && !isBuild(version, build))
    throw new CheckFailed(`names version ${version}, not ${build}`);
  const missing = neededFeatures.filter((feature) => !features.includes(feature));
  if (missing.length > 0) throw new CheckFailed(`does not name ${missing.join(", ")}`);
}

/** `build`: a whole version, or what is behind its `+`. */
export const isBuild = (version: string, build: string): boolean =>
  version === build || version.endsWith(`+${build}`);

function named(direction: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof CheckFailed ? new CheckFailed(`${direction}: ${error.message}`) : error;
  };
}
