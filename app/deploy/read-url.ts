import { UsageError } from "../client/cli/read-arguments.ts";

/** Where a server is, without a slash at the end. Throws UsageError. */
export function readUrl(option: string, text: string): string {
  if (!/^https?:\/\/[^/@]/.test(text) || !URL.canParse(text))
    throw new UsageError(`--${option}: expected a URL such as http://localhost:3001`);
  return text.replace(/\/+$/, "");
}
