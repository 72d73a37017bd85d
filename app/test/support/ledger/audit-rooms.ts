import { eventually } from "../eventually.ts";
import { SeededRandom } from "../seeded-random.ts";
import { LedgerClient } from "./ledger-client.ts";
import type { RoomCopy } from "./room-copy.ts";

const deadlineMs = 20_000;

/** The logs from their beginning as a newcomer reads them, who is a plain client and is not cut. */
export async function auditRooms(
  url: string,
  rooms: readonly string[],
): Promise<ReadonlyMap<string, RoomCopy>> {
  const violations: string[] = [];
  const auditor = new LedgerClient({
    name: "auditor",
    url,
    rooms,
    writes: 0,
    replayMax: 10_000,
    isFromStart: true,
    random: new SeededRandom(0),
    onAnswer: () => {},
    onViolation: (what) => violations.push(what),
  });
  auditor.calm();
  auditor.start();
  const isDone = () => auditor.isSettled || violations.length > 0;
  await eventually("the audit", isDone, { withinMs: deadlineMs, describe: () => auditor.story });
  auditor.end();
  if (violations.length > 0) throw new Error(violations.join("\n"));
  return auditor.copies;
}
