import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import append from "./redis/append.lua" with { type: "text" };
import change from "./redis/change.lua" with { type: "text" };
import command from "./redis/command.lua" with { type: "text" };
import control from "./redis/control.lua" with { type: "text" };
import countMessages from "./redis/count-messages.lua" with { type: "text" };
import countSessions from "./redis/count-sessions.lua" with { type: "text" };
import head from "./redis/head.lua" with { type: "text" };
import heads from "./redis/heads.lua" with { type: "text" };
import history from "./redis/history.lua" with { type: "text" };
import lease from "./redis/lease.lua" with { type: "text" };
import lives from "./redis/lives.lua" with { type: "text" };
import log from "./redis/log.lua" with { type: "text" };
import make from "./redis/make.lua" with { type: "text" };
import migrate from "./redis/migrate.lua" with { type: "text" };
import noteSeen from "./redis/note-seen.lua" with { type: "text" };
import people from "./redis/people.lua" with { type: "text" };
import presence from "./redis/presence.lua" with { type: "text" };
import presenceRead from "./redis/presence-read.lua" with { type: "text" };
import presenceVersions from "./redis/presence-versions.lua" with { type: "text" };
import reactors from "./redis/reactors.lua" with { type: "text" };
import release from "./redis/release.lua" with { type: "text" };
import replay from "./redis/replay.lua" with { type: "text" };
import reserve from "./redis/reserve.lua" with { type: "text" };
import restore from "./redis/restore.lua" with { type: "text" };
import session from "./redis/session.lua" with { type: "text" };
import take from "./redis/take.lua" with { type: "text" };
import write from "./redis/write.lua" with { type: "text" };
import { answerMs } from "./redis-pipe.ts";
import { within } from "./within.ts";

const sources = {
  write: [log, append, command, make, change, write],
  control: [log, append, control],
  head: [log, head],
  heads: [log, heads],
  replay: [log, replay],
  history: [log, history],
  reactors: [log, reactors],
  people: [people],
  migrate: [log, migrate],
  noteSeen: [noteSeen],
  lease: [lease],
  reserve: [lives, reserve],
  countSessions: [lives, countSessions],
  take: [lives, session, take],
  release: [lives, session, release],
  restore: [lives, session, restore],
  countMessages: [lives, session, countMessages],
  presence: [presence],
  presenceRead: [presenceRead],
  presenceVersions: [presenceVersions],
} as const;

export type ScriptName = keyof typeof sources;

interface Script {
  readonly text: string;
  readonly sha: string;
}

export const scripts = Object.fromEntries(
  Object.entries(sources).map(([name, parts]) => {
    const text = parts.join("\n");
    return [name, { text, sha: createHash("sha1").update(text).digest("hex") }];
  }),
) as Readonly<Record<ScriptName, Script>>;

export async function loadScripts(redis: Redis): Promise<void> {
  const all = Object.values(scripts).map(({ text }) => redis.script("LOAD", text));
  await within(answerMs, Promise.all(all), "loading the scripts");
}
