import { afterEach, describe, expect, test } from "bun:test";
import { openLibc } from "../../../bench/load/libc.ts";
import { LoadLoop } from "../../../bench/load/load-loop.ts";
import { StormMember } from "../../../bench/load/storm-member.ts";

const ROOM = "room:storm";
const LIMIT_MS = 5000;
const EPOCH = "e1";

const chat = (seq: number) => ({ type: "chat_message", payload: { room: ROOM, epoch: EPOCH, seq } });
const batch = (...events: object[]) => ({ type: "batch", payload: { events } });
const joined = (room: object) => ({
  type: "message_response",
  id: "join",
  payload: { rooms: [{ ok: true, epoch: EPOCH, ...room }] },
});
const first = joined({ seq: 3, recovered: false });
const resumed = (seq: number, events: object[]) => joined({ seq, recovered: true, events });

const loop = new LoadLoop(openLibc());
const servers: Bun.Server<unknown>[] = [];

afterEach(async () => {
  loop.closeAll();
  for (const server of servers.splice(0)) await server.stop(true);
});

/** Answers the first join, then each next one with the frames given, and remembers what was asked. */
function serve(frames: object[]): { port: number; asked: object[] } {
  const asked: object[] = [];
  const server = Bun.serve({
    port: 0,
    fetch: (request, own) => (own.upgrade(request) ? undefined : new Response()),
    websocket: {
      open: (ws) => void ws.send(JSON.stringify({ type: "connection_established", payload: {} })),
      message: (ws, text) => {
        asked.push(JSON.parse(String(text)).payload.rooms[0]);
        for (const frame of asked.length === 1 ? [first] : frames) ws.send(JSON.stringify(frame));
      },
    },
  });
  servers.push(server);
  return { port: Number(server.port), asked };
}

async function comeBack(member: StormMember, port: number): Promise<void> {
  member.drop();
  member.connect(port, 1);
  await loop.runUntil(() => member.tryRequest(), "connected", LIMIT_MS);
  await loop.runUntil(() => member.liveAtMs !== undefined, "live", LIMIT_MS);
}

async function weather(frames: object[]) {
  const { port, asked } = serve(frames);
  const member = new StormMember(loop, ROOM);
  await comeBack(member, port);
  member.catchUp();
  await comeBack(member, port);
  return { asked, catchUp: () => member.catchUp() };
}

describe("a member of a storm", () => {
  test("comes back with its position and takes what it missed and what follows", async () => {
    const { asked, catchUp } = await weather([
      resumed(5, [chat(4), chat(5)]),
      chat(6),
      batch(chat(7), chat(8)),
    ]);
    await loop.runUntil(() => catchUp().seq === 8, "caught up", LIMIT_MS);
    expect(asked).toEqual([{ room: ROOM }, { room: ROOM, epoch: EPOCH, seq: 3 }]);
  });

  const refused: [what: string, frames: object[]][] = [
    ["a hole in the answer", [resumed(5, [chat(5)])]],
    ["an event twice in the answer", [resumed(4, [chat(4), chat(4)])]],
    ["an answer that ends too early", [resumed(5, [chat(4)])]],
    ["an event live that the answer had", [resumed(4, [chat(4)]), chat(4)]],
    ["a hole between the answer and what follows", [resumed(4, [chat(4)]), chat(6)]],
    ["a hole in a batch", [resumed(3, []), batch(chat(4), chat(6))]],
    ["a room begun anew", [joined({ seq: 5, recovered: false })]],
    ["an answer in part", [joined({ seq: 4, recovered: true, events: [chat(4)], more: true })]],
  ];
  test.each(refused)("does not take %s", async (_what, frames) => {
    const { catchUp } = await weather(frames);
    const caughtUp = loop.runUntil(() => catchUp().seq > 8, "caught up", LIMIT_MS);
    await expect(caughtUp).rejects.toThrow(/came after|leaves a hole|was not resumed/);
  });
});
