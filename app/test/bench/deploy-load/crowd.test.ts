import { afterAll, beforeAll, expect, test } from "bun:test";
import { Crowd } from "../../../bench/deploy-load/crowd.ts";
import { type CrowdReport, type Goals, hasAll, reportOf } from "../../../bench/deploy-load/crowd-report.ts";
import type { LoadShape } from "../../../bench/deploy-load/load-shape.ts";
import { codeOf, contentOf } from "../../../bench/deploy-load/message-code.ts";
import { Notifier } from "../../../bench/deploy-load/notifier.ts";
import { newTally } from "../../../bench/deploy-load/tally.ts";
import { eventually } from "../../support/eventually.ts";
import { FaultProxy } from "../../support/fault-proxy.ts";
import { tokenSecret } from "../../support/tokens.ts";
import { TwoServers } from "../../support/two-servers.ts";

const testMs = 60_000;
const withinMs = 30_000;
const membersPerRoom = 16;

let servers: TwoServers;
let proxy: FaultProxy;
let runs = 0;

beforeAll(async () => {
  servers = await TwoServers.start({ JWT_SECRET: tokenSecret });
  proxy = await FaultProxy.start(servers.blue.url);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await servers[Symbol.asyncDispose]();
});

/** Clients in two rooms that follow all there is; they have sent a little, and are at rest. */
async function chat(during: (crowd: Crowd) => Promise<void>): Promise<[Crowd, Goals]> {
  runs += 1;
  const shape: LoadShape = {
    run: `crowd-${runs}`,
    url: proxy.url,
    jwtSecret: tokenSecret,
    sockets: 2 * membersPerRoom,
    membersPerRoom,
    processes: 1,
    process: 0,
    openedPerSecond: 1_000,
  };
  const crowd = new Crowd(shape);
  const notifier = new Notifier(shape);
  await crowd.open();
  crowd.send(100);
  const notifying = notifier.run();
  // After whoever came last was announced.
  await stored(crowd, 10);
  crowd.watch();
  await during(crowd);
  notifier.end();
  await notifying;
  crowd.rest();
  await eventually("rest", () => crowd.clients.every(({ member }) => member.isIdle), { withinMs });
  const goals = { heads: crowd.books.map(({ head }) => head), notified: notifier.notified };
  await eventually("the end", () => hasAll(crowd, goals), { withinMs });
  return [crowd, goals];
}

async function stored(crowd: Crowd, count: number): Promise<void> {
  const acked = () => crowd.clients.reduce((sum, { member }) => sum + member.acked, 0);
  const until = acked() + count;
  await eventually("messages", () => acked() >= until, { withinMs });
}

const judged = (crowd: Crowd, goals: Goals): CrowdReport => reportOf(crowd, goals, membersPerRoom);

test(
  "finds nothing wrong where all move to another server, some of them by reconnecting",
  async () => {
    const [crowd, goals] = await chat(async (crowd) => {
      await stored(crowd, 50);
      proxy.target = servers.green.url;
      servers.drain(servers.blue, 1_000);
      await eventually("the drain", () => servers.blue.hub.connectionCount === 0, { withinMs });
      await eventually("all", () => crowd.clients.every(({ member }) => member.live.isLive), { withinMs });
      await stored(crowd, 50);
      servers.undrain(servers.blue);
      proxy.target = servers.blue.url;
    });
    const { tally, gapsMs, acked, delivered } = judged(crowd, goals);
    crowd.close();
    expect(tally).toEqual(newTally());
    expect([gapsMs.handover.length, ...new Set(gapsMs.handover)]).toEqual([16, 0]);
    expect([gapsMs.reconnect, gapsMs.plain].map((gaps) => [gaps.length, gaps.includes(0)])).toEqual([
      [8, false],
      [8, false],
    ]);
    expect(delivered).toBe(acked * membersPerRoom);
  },
  testMs,
);

test(
  "finds what was not told, told twice, told otherwise, and acked for nothing",
  async () => {
    const [crowd, goals] = await chat((crowd) => stored(crowd, 20));
    crowd.close();
    const [{ member }] = crowd.clients as [Crowd["clients"][number]];
    const head = goals.heads[0] as number;
    expect(judged(crowd, goals).tally).toEqual(newTally());

    const further: Goals = { heads: [head + 1, ...goals.heads.slice(1)], notified: goals.notified };
    expect([hasAll(crowd, further), judged(crowd, further).tally.lost]).toEqual([false, membersPerRoom]);
    const { rooms, all } = goals.notified;
    const more: Goals = { ...goals, notified: { rooms: rooms.map((count) => count + 1), all: all + 1 } };
    expect([hasAll(crowd, more), judged(crowd, more).tally.notificationsLost]).toEqual([
      false,
      4 * membersPerRoom,
    ]);

    member.message(head, contentOf({ code: codeOf(15, 4_000_000), sentAt: 0 }));
    member.mine.take(1);
    member.presence();
    member.acked += 1;
    expect(judged(crowd, goals).tally).toEqual({
      ...newTally(),
      doubled: 1,
      altered: 1,
      notificationsDoubled: 1,
      presence: 1,
      lost: 1,
    });
  },
  testMs,
);
