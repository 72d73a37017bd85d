import { describe, expect, test } from "bun:test";
import { addMember, removeMember } from "../../src/chat/membership.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";
import { admin, identityOf } from "../support/identities.ts";

const room = "group:club";
const bob = identityOf("bob");

async function club() {
  const world = new ChatWorld();
  await addMember(world.hub, admin, room, "bob");
  return world;
}

const remove = ({ hub }: ChatWorld) => removeMember(hub, admin, room, "bob");
const seqs = ({ socket }: Client) => socket.framesOf("chat_message").map(({ payload }) => payload.seq);
const fill = ({ engine }: ChatWorld) => engine.announce(room, engine.fill(room, 1));

/** Stops at each answer of the engine in turn, lets Bob be removed there, and goes on. */
async function removedAtStage(stage: number, send: (client: Client) => void) {
  const world = await club();
  const client = world.connect("phone", null, bob);
  world.engine.pauseAnswers();
  send(client);
  for (let passed = 0; passed < stage; passed += 1) {
    await settle();
    world.engine.resumeAnswers();
    world.engine.pauseAnswers();
  }
  await settle();
  const wasUnderWay = world.engine.waitingAnswers > 0;
  const removed = remove(world);
  await settle();
  world.engine.resumeAnswers();
  await removed;
  const answer = await until(() => client.socket.answerTo("j"));
  fill(world);
  await settle();
  return { world, client, answer, wasUnderWay };
}

describe("a removal while a join is under way, at every stage of it", () => {
  const join = { rooms: [{ room }, { room: "room:open" }] };
  const commands: readonly [name: string, type: string, payload: object][] = [
    ["a join", "join", join],
    ["a join that resumes", "join", { rooms: [{ room, epoch: "", seq: 0 }] }],
    [
      "a batch",
      "batch",
      {
        commands: [
          { type: "join", payload: join },
          { type: "history", payload: { room: "room:x" } },
        ],
      },
    ],
    [
      "a batch that joins twice",
      "batch",
      {
        commands: [
          { type: "join", payload: join },
          { type: "join", payload: join },
        ],
      },
    ],
  ];
  const stages = [0, 1, 2, 3, 4];
  const cases = commands.flatMap(([name, type, payload]) =>
    stages.map((stage) => [name, stage, type, payload] as const),
  );

  test.each(cases)("%s, stage %d: nobody ends joined, or hears of it", async (_, stage, type, payload) => {
    const { world, client } = await removedAtStage(stage, ({ send }) => send(type, payload, "j"));
    expect([client.connection.isJoined(room), seqs(client)]).toEqual([false, []]);
    expect([world.hub.admissions.count, world.hub.feeds.get(room)]).toEqual([0, undefined]);
  });

  test("the stages are the reads of blocks, of the membership and of the log", async () => {
    const underWay = [];
    for (const stage of stages)
      underWay.push((await removedAtStage(stage, ({ send }) => send("join", join, "j"))).wasUnderWay);
    expect(underWay).toEqual([true, true, true, false, false]);
  });

  test("who was already told of having joined is told of having left right after", async () => {
    const world = await club();
    const client = world.connect("phone", null, bob);
    const history = { type: "history", payload: { room: "room:x" } };
    world.engine.pauseAnswers();
    client.send("batch", { commands: [{ type: "join", payload: { rooms: [{ room }] } }, history] }, "j");
    await until(() => passAnswers(world, "history", 2));
    await remove(world);
    expect(client.connection.isJoined(room)).toBe(false);
    world.engine.resumeAnswers();
    await until(() => client.socket.answerTo("j"));
    expect(client.socket.frames.slice(1)).toMatchObject([
      { payload: { results: [{ payload: { rooms: [{ ok: true }] } }, { ok: true }] } },
      { type: "room_left", payload: { room, reason: "removed" } },
    ]);
    expect(world.hub.feeds.get(room)).toBeUndefined();
  });

  test("a write in the same batch is refused", async () => {
    const world = await club();
    const client = world.connect("phone", null, bob);
    world.engine.pauseAnswers();
    const inner = [
      { type: "join", payload: { rooms: [{ room }] } },
      { type: "history", payload: { room: "room:x" } },
      { type: "send_message", id: "w", payload: { room, content: "too late" } },
    ];
    client.send("batch", { commands: inner }, "j");
    await until(() => passAnswers(world, "history", 2));
    await remove(world);
    world.engine.resumeAnswers();
    await until(() => client.socket.answerTo("j"));
    expect(client.socket.answerTo("w")?.payload.code).toBe("not_joined");
  });

  test("of somebody else hinders nobody", async () => {
    const world = await club();
    const client = world.connect("phone", null, bob);
    world.engine.pauseAnswers();
    client.send("join", { rooms: [{ room }] }, "j");
    await settle();
    await removeMember(world.hub, admin, room, "eve");
    await removeMember(world.hub, admin, "group:other", "bob");
    world.engine.resumeAnswers();
    await until(() => client.socket.answerTo("j"));
    expect(client.connection.isJoined(room)).toBe(true);
  });
});

/** Hands over what was read, until so many reads of a kind were begun. */
function passAnswers({ engine }: ChatWorld, operation: "history", count: number): boolean {
  if (engine.asked[operation] >= count && engine.waitingAnswers > 0) return true;
  engine.resumeAnswers();
  engine.pauseAnswers();
  return false;
}
