import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import append from "./redis/append.lua" with { type: "text" };
import change from "./redis/change.lua" with { type: "text" };
import command from "./redis/command.lua" with { type: "text" };
import control from "./redis/control.lua" with { type: "text" };
import head from "./redis/head.lua" with { type: "text" };
import history from "./redis/history.lua" with { type: "text" };
import log from "./redis/log.lua" with { type: "text" };
import noteSeen from "./redis/note-seen.lua" with { type: "text" };
import people from "./redis/people.lua" with { type: "text" };
import publish from "./redis/publish.lua" with { type: "text" };
import reactors from "./redis/reactors.lua" with { type: "text" };
import replay from "./redis/replay.lua" with { type: "text" };

const sources = {
  publish: [log, append, command, publish],
  change: [log, append, command, change],
  control: [log, append, control],
  head: [log, head],
  replay: [log, replay],
  history: [log, history],
  reactors: [log, reactors],
  people: [people],
  noteSeen: [noteSeen],
} as const;

export type ScriptName = keyof typeof sources;

interface Script {
  readonly text: string;
  readonly sha: string;
}

const scripts = Object.fromEntries(
  Object.entries(sources).map(([name, parts]) => {
    const text = parts.join("\n");
    return [name, { text, sha: createHash("sha1").update(text).digest("hex") }];
  }),
) as Readonly<Record<ScriptName, Script>>;

type Argument = string | number;

/**
 * Runs scripts by their SHA. Where Redis has forgotten them, as after a restart, they are loaded again; what is asked for
 * meanwhile waits behind what failed, so that the order of calls is kept.
 */
export class RedisScripts {
  readonly #redis: Redis;
  #loading: Promise<void> | null = null;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async run(name: ScriptName, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    while (this.#loading !== null) await this.#loading;
    return await this.#call(name, keys, args);
  }

  async #call(name: ScriptName, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    try {
      return await this.#redis.evalsha(scripts[name].sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!String(error).includes("NOSCRIPT")) throw error;
      await this.load();
      return await this.#redis.evalsha(scripts[name].sha, keys.length, ...keys, ...args);
    }
  }

  /** Several at once are one. */
  load(): Promise<void> {
    this.#loading ??= Promise.all(Object.values(scripts).map(({ text }) => this.#redis.script("LOAD", text)))
      .then(() => {})
      .finally(() => {
        this.#loading = null;
      });
    return this.#loading;
  }
}
