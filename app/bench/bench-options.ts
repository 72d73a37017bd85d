import { parseArgs } from "node:util";
import { UsageError } from "../client/cli/read-arguments.ts";

export const benchUsage = (
  names: readonly string[],
) => `Measures Holdline beside what one would otherwise use, on this machine.

Usage: bun run bench [options] [MEASURE…]

  MEASURE        ${names.join(" ")}
                 (without one all of them; in a quick run without those that take long)
  --quick        less of everything, in less than two minutes: for every day, not to publish
  --json FILE    also every round of every row, with the machine, versions and settings; written after
                 each MEASURE, so that a run cut short keeps what it has
  --markdown     the tables in Markdown
  --help         this text

Exit code: 0 all measured, whatever the figures; 1 some failed; 64 for what makes no sense; 130 ended by a signal.`;

const options = {
  quick: { type: "boolean", default: false },
  json: { type: "string" },
  markdown: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

export type BenchOptions = {
  /** Null: what is usual. */
  names: string[] | null;
  isQuick: boolean;
  jsonPath: string | undefined;
  isMarkdown: boolean;
};

/** Null: help is asked for. Throws a UsageError, or parseArgs' TypeError, for what makes no sense. */
export function readBenchOptions(args: string[], known: readonly string[]): BenchOptions | null {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return null;
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`no benchmark named ${unknown}: there are ${known.join(", ")}`);
  return {
    names: positionals.length > 0 ? positionals : null,
    isQuick: values.quick,
    jsonPath: values.json,
    isMarkdown: values.markdown,
  };
}
