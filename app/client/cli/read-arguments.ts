import { type ParseArgsConfig, parseArgs } from "node:util";

/** EX_USAGE of sysexits.h. */
const exitUsage = 64;

/** Something that was said on the command line makes no sense. */
export class UsageError extends Error {}

/** Prints the usage and ends the process where it is asked for, or where the arguments are none. */
export function readArguments<const Options extends NonNullable<ParseArgsConfig["options"]>, T>(
  usage: string,
  options: Options,
  read: (values: ReturnType<typeof parseArgs<{ options: Options }>>["values"]) => T,
): T {
  try {
    if (Bun.argv.slice(2).some((argument) => argument === "--help" || argument === "-h"))
      return leave(usage, 0);
    return read(
      parseArgs({ args: Bun.argv.slice(2), options, strict: true, allowPositionals: false }).values,
    );
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof TypeError)) throw error;
    return leave(`${error.message}\n\n${usage}`, exitUsage);
  }
}

/** A whole number within bounds. */
export function readCount(name: string, text: string, max: number): number {
  const count = Number(text);
  if (!/^[1-9]\d*$/.test(text) || count > max) throw new UsageError(`--${name}: expected 1 to ${max}`);
  return count;
}

function leave(text: string, exitCode: number): never {
  (exitCode === 0 ? console.log : console.error)(text);
  process.exit(exitCode);
}
