import { parseArgs } from "node:util";
import { type Config, describeProblems, loadConfig } from "./config.ts";
import { isUserId } from "./protocol/names.ts";
import { signToken } from "./sign-token.ts";

const usage = `Prints a token that is signed with JWT_SECRET, for trying things out.

Usage: JWT_SECRET=… bun run token --sub ID [options]

  --sub ID          the user's id, 1 to 128 characters
  --name NAME       what others see; without it the id
  --picture URL     what others see, http or https
  --rooms A,B       rooms that it opens, such as group:staff or group:team-*
  --scope SCOPES    admin, publish or "admin publish"
  --expires TIME    such as 90s, 15m, 1h (the default) or 7d
  --help            this text

JWT_ISSUER and JWT_AUDIENCE are written into it where they are set.`;

const text = { type: "string" } as const;
const options = {
  sub: text,
  name: text,
  picture: text,
  rooms: text,
  scope: text,
  expires: { ...text, default: "1h" },
  help: { type: "boolean", default: false },
} as const;

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

try {
  const { values } = parseArgs({ args: Bun.argv.slice(2), options });
  console.log(values.help ? usage : await tokenFor(values, readConfig()));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error("bun run token --help says what can be said.");
  process.exit(1);
}

function readConfig(): Config {
  const loaded = loadConfig();
  if (!loaded.ok) throw new Error(describeProblems(loaded.problems));
  return loaded.config;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

async function tokenFor(values: Values, config: Config): Promise<string> {
  return await signToken(config, claimsOf(values), readSeconds(values.expires));
}

function claimsOf({ sub, name, picture, rooms, scope }: Values) {
  if (sub === undefined || !isUserId(sub)) throw new Error("--sub: expected 1 to 128 characters");
  if (picture !== undefined && !/^https?:\/\//.test(picture)) throw new Error("--picture: expected a URL");
  return {
    sub,
    ...(name === undefined ? {} : { name }),
    ...(picture === undefined ? {} : { picture }),
    ...(rooms === undefined ? {} : { rooms: listOf(rooms, ",") }),
    ...(scope === undefined ? {} : { scope: readScope(scope) }),
  };
}

function readScope(scope: string): string {
  const scopes = listOf(scope, /[\s,]+/);
  if (!scopes.every((word) => word === "admin" || word === "publish"))
    throw new Error("--scope: expected admin, publish or both");
  return scopes.join(" ");
}

function readSeconds(expires: string): number {
  const [, count, unit = ""] = /^([1-9]\d{0,5})([smhd])$/.exec(expires) ?? [];
  if (count === undefined) throw new Error("--expires: expected a time such as 90s, 15m, 1h or 7d");
  return Number(count) * (unitSeconds[unit] ?? 0);
}

function listOf(list: string, separator: string | RegExp): string[] {
  const items = list.split(separator).map((item) => item.trim());
  return items.filter((item) => item !== "");
}
