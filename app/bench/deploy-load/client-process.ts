import { Crowd, type Phase } from "./crowd.ts";
import { type Goals, hasAll, reportOf } from "./crowd-report.ts";
import { linesOf } from "./lines-of.ts";
import { addressOf, type LoadShape } from "./load-shape.ts";
import { Notifier } from "./notifier.ts";
import { countRefused } from "./refused.ts";

/** What the conductor says, one JSON text a line; each is answered by a line `{"did": …}`. */
export type Order =
  | { readonly do: "open" | "watch" | "rest" | "refused" | "look" }
  | { readonly do: "phase"; readonly phase: Phase }
  | { readonly do: "send"; readonly perSecond: number }
  | { readonly do: "report"; readonly goals: Goals };

/** How long answers and deliveries may take once nobody sends any more. */
const settleMs = 30_000;
const checkMs = 20;

const shape: LoadShape = JSON.parse(Bun.argv[2] ?? "{}");
comeFromOwnAddresses();
const crowd = new Crowd(shape);
const notifier = shape.process === 0 ? new Notifier(shape) : null;
let notifying: Promise<void> | undefined;

for await (const line of linesOf(Bun.stdin.stream()))
  console.log(JSON.stringify({ did: await obey(JSON.parse(line)) }));
process.exit(0);

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case "open":
      return crowd.open();
    case "watch":
      return crowd.watch();
    case "phase":
      crowd.phase = order.phase;
      return;
    case "send":
      notifying = notifier?.run();
      return crowd.send(order.perSecond);
    case "refused":
      return countRefused();
    case "look":
      return look();
    case "rest":
      return rest();
    case "report":
      await within(settleMs, () => hasAll(crowd, order.goals));
      return reportOf(crowd, order.goals, shape.membersPerRoom);
    default:
      return order satisfies never;
  }
}

function look(): object {
  const live = crowd.clients.filter(({ member }) => member.live.isLive).length;
  const pending = crowd.clients.filter(({ member }) => !member.isIdle).length;
  return { live, pending, delivered: crowd.delivered, skipped: crowd.skipped };
}

async function rest(): Promise<object> {
  crowd.rest();
  notifier?.end();
  await notifying;
  await within(settleMs, () => crowd.clients.every(({ member }) => member.isIdle));
  return { heads: crowd.books.map(({ head }) => head), notified: notifier?.notified };
}

async function within(ms: number, isMet: () => boolean): Promise<void> {
  const deadline = performance.now() + ms;
  while (!isMet() && performance.now() < deadline) await Bun.sleep(checkMs);
}

/** The SDK asks by HTTP why a handshake failed; here it does so in its client's name. */
function comeFromOwnAddresses(): void {
  const plainFetch = globalThis.fetch;
  const ownFetch = (url: string, init: RequestInit = {}) => {
    const client = /\/ws\/chat\/.*-(\d+)$/.exec(url)?.[1];
    if (client === undefined) return plainFetch(url, init);
    const headers = { ...init.headers, "x-forwarded-for": addressOf(Number(client)) };
    return plainFetch(url, { ...init, headers });
  };
  globalThis.fetch = ownFetch as typeof fetch;
}
