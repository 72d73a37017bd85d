import type { Argument, Command } from "./redis-call-queue.ts";
import type { RedisNodes } from "./redis-nodes.ts";
import { type ScriptName, scripts } from "./redis-script-texts.ts";

export type { ScriptName } from "./redis-script-texts.ts";

export interface ScriptInput {
  readonly keys: readonly string[];
  readonly args: readonly Argument[];
}

/**
 * All that is asked of Redis: scripts by their SHA, and plain commands. Each is refused within two seconds where Redis does
 * not answer; while it does, each waits for what was asked before. Calls about the same key take effect in the order in which
 * they were made, also where Redis has forgotten the scripts.
 */
export class RedisScripts {
  readonly #nodes: RedisNodes;
  readonly #isUrgent: boolean;

  constructor(nodes: RedisNodes, isUrgent = false) {
    this.#nodes = nodes;
    this.#isUrgent = isUrgent;
  }

  /**
   * For what cannot wait until many rooms were read: who is let in, and who seems to be alive. What is about one key is
   * asked here, or there, never both: its order would not hold.
   */
  get urgent(): RedisScripts {
    return new RedisScripts(this.#nodes, true);
  }

  /** The word with which scripts tell what they have stored. */
  get publishCommand(): string {
    return this.#nodes.words.publish;
  }

  /** The first of the keys is what the call is about; all of them have one slot. */
  run(name: ScriptName, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#nodes.call(keys[0] ?? "", commandOf(name, { keys, args }), this.#isUrgent);
  }

  /** As `run`, with what is known only when its turn has come; should it be asked for again, the same. */
  runLater(name: ScriptName, about: string, input: () => ScriptInput): Promise<unknown> {
    return this.#nodes.call(about, () => commandOf(name, input()), this.#isUrgent);
  }

  /**
   * One script over many keys: as many at a time as do not keep Redis from others for long, and those of one slot only.
   * `read` makes one item per key of an answer; undefined: their node did not answer. Rejects where none does.
   */
  async runOverAll<T>(
    name: ScriptName,
    keys: readonly string[],
    args: readonly Argument[],
    read: (answer: string) => readonly T[],
  ): Promise<(T | undefined)[]> {
    const items: (T | undefined)[] = keys.map(() => undefined);
    const rounds = this.#nodes.rounds(keys);
    const faults: unknown[] = [];
    const ask = async (places: readonly number[]) => {
      try {
        const asked = places.map((place) => keys[place] as string);
        const answers = read(String(await this.run(name, asked, args)));
        for (const [index, place] of places.entries()) items[place] = answers[index];
      } catch (error) {
        faults.push(error);
      }
    };
    for (const groups of rounds) await Promise.all(groups.map(ask));
    if (faults.length > 0 && faults.length === rounds.flat().length) throw faults[0];
    return items;
  }

  /** A plain command about one key. */
  call(command: string, key: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#nodes.call(key, [command, key, ...args], this.#isUrgent);
  }

  /** Tells whoever listens to a channel. */
  tell(channel: string, text: string): Promise<unknown> {
    return this.call(this.publishCommand, channel, text);
  }

  /** Resolves when nothing waits for an answer any more; call it once. */
  idle(): Promise<void> {
    return this.#nodes.idle();
  }
}

const commandOf = (name: ScriptName, { keys, args }: ScriptInput): Command => [
  "evalsha",
  scripts[name].sha,
  keys.length,
  ...keys,
  ...args,
];
