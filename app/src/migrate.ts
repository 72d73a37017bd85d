import { parseArgs } from "node:util";
import { describeProblems, loadConfig } from "./config.ts";
import { EngineUnusable } from "./engine/engine-unusable.ts";
import { migrate } from "./engine/migration.ts";

const usage = `Copies what DATABASE_PATH holds to REDIS_URL, and reads it back.

Usage: REDIS_URL=redis://… bun run migrate

Stop the server first. Rooms keep their epoch and seq, so that clients go on where they are. An interrupted run is simply
done again. Exit code: 0 when all is copied and verified, 1 if not, 78 where the configuration is not valid.`;

/** EX_CONFIG of sysexits.h. */
const exitConfig = 78;

process.exit(await run());

async function run(): Promise<number> {
  const { values } = parseArgs({ args: Bun.argv.slice(2), options: { help: { type: "boolean" } } });
  if (values.help) console.log(usage);
  if (values.help) return 0;
  const loaded = loadConfig();
  if (!loaded.ok) return complain(describeProblems(loaded.problems), exitConfig);
  const { databasePath, historyTtlMs, redis } = loaded.config;
  if (redis === null) return complain("REDIS_URL: expected the Redis to copy to", exitConfig);
  if (!(await Bun.file(databasePath).exists())) return complain(`${databasePath} is not there`, exitConfig);
  try {
    const onProgress = (done: number, rooms: number) => {
      if (done === rooms || done % 100 === 0) console.error(`${done} of ${rooms} rooms`);
    };
    const { keepsGuests, ...counts } = await migrate({ databasePath, historyTtlMs, ...redis, onProgress });
    console.log(`Copied and verified: ${JSON.stringify(counts)}`);
    if (!keepsGuests) console.error("Guests were known there already: they keep the ids of Redis.");
    return 0;
  } catch (error) {
    return complain(error instanceof EngineUnusable ? error.message : String(error), 1);
  }
}

function complain(message: string, exitCode: number): number {
  console.error(message);
  return exitCode;
}
