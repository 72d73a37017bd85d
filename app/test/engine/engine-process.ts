import type { Publish } from "../../src/chat/engine.ts";
import type { ControlChange } from "../../src/chat/engine-people.ts";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { room, start, wide } from "./engine-world.ts";

// An engine in a process of its own, so that it can be killed and its disk made faulty. Asked over IPC.

export type Question =
  | { readonly ask: "publish"; readonly publish: Publish }
  | { readonly ask: "control"; readonly change: ControlChange }
  | { readonly ask: "seqs" }
  | { readonly ask: "probe" };

export type Told =
  /** `turnMs`: the longest turn of the event loop since the question. */
  | { readonly tell: "answer"; readonly id: number; readonly value: unknown; readonly turnMs: number }
  | { readonly tell: "announced"; readonly seqs: readonly number[] }
  | { readonly tell: "availability"; readonly fault: string | null }
  | { readonly tell: "opened" };

const [path = "", commitDeadlineMs = ""] = process.argv.slice(2);
const engine = await openSqliteEngine({
  path,
  historyMessagesMax: 0,
  historyTtlMs: 0,
  commitDeadlineMs: Number(commitDeadlineMs),
});
engine.listen({
  stored: (_room, events) => tell({ tell: "announced", seqs: events.map((event) => event.seq) }),
  availabilityChanged: (fault) => tell({ tell: "availability", fault: fault?.message ?? null }),
});
await engine.subscribe(room);
process.on("message", async ({ id, question }: { id: number; question: Question }) => {
  const turnMs = watchTurns();
  const value = await answer(question);
  tell({ tell: "answer", id, value, turnMs: turnMs() });
});
process.on("disconnect", () => process.exit());
tell({ tell: "opened" });

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case "publish":
      return engine.publish(question.publish);
    case "control":
      return engine.control(question.change, { userId: "admin", at: Date.now(), instance: "i1" });
    case "seqs": {
      const replay = await engine.replay(room, start, wide);
      return replay.recovered ? replay.events.map((event) => event.seq) : replay.reason;
    }
    case "probe":
      return engine.probe().then(
        () => null,
        (error: Error) => error.message,
      );
    default:
      return question satisfies never;
  }
}

/** Turns the loop until the returned function is called, which says how long the longest turn was. */
function watchTurns(): () => number {
  let longest = 0;
  let lastAt = performance.now();
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - lastAt);
    lastAt = now;
  };
  const timer = setInterval(turn, 1);
  return () => {
    turn();
    clearInterval(timer);
    return longest;
  };
}

function tell(told: Told): void {
  process.send?.(told);
}
