import { describe, expect, test } from "bun:test";
import { addMember, removeMember } from "../../src/chat/membership.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";
import { admin, identityOf } from "../support/identities.ts";
import { KnownTokens } from "../support/known-tokens.ts";

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

  test("what was not shown yet is refused instead", async () => {
    const { answer } = await removedAtStage(2, ({ send }) => send("join", join, "j"));
    expect(answer.payload.rooms).toMatchObject([{ room, ok: false, code: "forbidden" }, { ok: true }]);
  });

  test.each([
    ["an admin", { isAdmin: true }],
    ["whose token was issued afterwards", { rooms: ["group:*"], issuedAt: 1_700_000_060_000 }],
  ])("hinders nobody who is %s", async (_, rights) => {
    const world = await club();
    const client = world.connect("phone", null, { ...bob, ...rights });
    await world.hub.blocks.load("bob");
    world.engine.pauseAnswers();
    client.send("join", { rooms: [{ room }] }, "j");
    await settle();
    await remove(world);
    world.engine.resumeAnswers();
    await until(() => client.socket.answerTo("j"));
    expect(client.connection.isJoined(room)).toBe(true);
  });

  test("of one socket's right leaves the other's batch its own", async () => {
    const tokens = new KnownTokens();
    tokens.add("less", bob);
    const world = new ChatWorld({}, tokens);
    const connect = (id: string) => world.connect(id, null, identityOf("bob", { rooms: [room] }));
    const [losing, keeping] = [connect("phone"), connect("laptop")];
    const joined = { type: "join", payload: { rooms: [{ room }] } };
    const read = { type: "history", payload: { room: "room:x" } };
    const refresh = { type: "refresh_token", payload: { token: "less" } };
    const write = { type: "send_message", id: "w", payload: { room, content: "hello" } };
    world.engine.pauseAnswers();
    losing.send("batch", { commands: [joined, refresh, read] }, "b");
    keeping.send("batch", { commands: [joined, read, write] }, "b");
    await until(() => passAnswers(world, "history", 4));
    world.engine.resumeAnswers();
    for (const { socket } of [losing, keeping]) await until(() => socket.answerTo("b"));
    expect(keeping.socket.answerTo("w")?.type).toBe("message_response");
    expect([losing, keeping].map(({ connection }) => connection.isJoined(room))).toEqual([false, true]);
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

test("only groups that are asked for are noted, so that a flood of removals takes no memory", () => {
  const world = new ChatWorld();
  const { connection } = world.connect("phone", null, bob);
  const { admissions } = world.hub;
  admissions.begin(connection, bob, ["room:open", "notifications:me"]);
  expect(admissions.count).toBe(0);
  const admission = admissions.begin(connection, bob, [room, "room:open"]);
  for (let index = 0; index < 1000; index += 1) admission.revoke(`group:g${index}`, "removed");
  admission.revoke(room, "removed");
  expect([...admission.losses.keys()]).toEqual([room]);
  admissions.end(admission);
  expect(admissions.count).toBe(0);
});

/** Hands over what was read, until so many reads of a kind were begun. */
function passAnswers({ engine }: ChatWorld, operation: "history", count: number): boolean {
  if (engine.asked[operation] >= count && engine.waitingAnswers > 0) return true;
  engine.resumeAnswers();
  engine.pauseAnswers();
  return false;
}
