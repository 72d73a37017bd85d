import { describe, expect, test } from "bun:test";
import { addBlock, removeBlock } from "../../src/chat/block-list.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";
import { identityOf } from "../support/identities.ts";
import type { Frame } from "../support/recording-sockets.ts";

const room = "room:a";
const people = ["alice", "bob", "carol", "root"] as const;
type Person = (typeof people)[number];

/** Everybody but Alice has joined; Alice and Bob do not see each other. */
async function worldWhere(blocker: "alice" | "bob") {
  const world = new ChatWorld();
  const blocked = blocker === "alice" ? "bob" : "alice";
  await addBlock(world.hub, identityOf(blocker), blocker, blocked);
  const connect = (person: Person, id: string = person) =>
    world.connect(id, null, identityOf(person, { isAdmin: person === "root" }));
  const enter = async (person: Person, id?: string) => {
    const client = connect(person, id);
    await client.ask("join", { rooms: [{ room }] });
    return client;
  };
  const [bob, carol, root] = [await enter("bob"), await enter("carol"), await enter("root")];
  return { world, connect, enter, clients: { bob, carol, root } };
}

const placed = ["chat_message", "message_edit", "message_delete", "reaction", "skipped"];
const row = ({ type, payload }: Frame) => `${payload.seq} ${type}`;
const story = ({ socket }: Client) => socket.framesOf(...placed).map(row);

async function say(client: Client, content: string): Promise<string> {
  return String((await client.ask("send_message", { room, content })).payload.messageId);
}

/** What happens in the room, and what Alice sees of it. */
async function live({ bob, carol, root }: Record<"bob" | "carol" | "root", Client>) {
  const [ofBob, ofCarol] = [await say(bob, "from bob"), await say(carol, "from carol")];
  await root.ask("message_edit", { room, messageId: ofBob, content: "edited" });
  await bob.ask("reaction", { room, messageId: ofCarol, emoji: "👍", action: "add" });
  await carol.ask("reaction", { room, messageId: ofBob, emoji: "👍", action: "add" });
  await carol.ask("reaction", { room, messageId: ofCarol, emoji: "🎉", action: "add" });
  await bob.ask("message_delete", { room, messageId: await say(bob, "soon gone") });
}

const seenByAlice = [
  "1 skipped",
  "2 chat_message",
  "3 skipped",
  "4 skipped",
  "5 skipped",
  "6 reaction",
  "7 skipped",
  "8 message_delete",
];

describe.each(["alice", "bob"] as const)("when %s blocked the other", (blocker) => {
  test("events of one reach the other as skipped, live, on every socket", async () => {
    const { enter, clients } = await worldWhere(blocker);
    const sockets = [await enter("alice", "phone"), await enter("alice", "laptop")];
    await live(clients);
    expect(sockets.map(story)).toEqual([seenByAlice, seenByAlice]);
  });

  test("everybody else sees everything", async () => {
    const { enter, clients } = await worldWhere(blocker);
    const alice = await enter("alice");
    await say(alice, "from alice");
    expect(story(clients.carol)).toEqual(["1 chat_message"]);
    expect(story(clients.bob)).toEqual(["1 skipped"]);
    expect(story(alice)).toEqual([]);
  });

  test("a replay skips the same places", async () => {
    const { connect, clients } = await worldWhere(blocker);
    await live(clients);
    const { payload } = await connect("alice").ask("join", { rooms: [{ room, epoch: "", seq: 0 }] });
    const [{ events }] = payload.rooms as [{ events: Frame[] }];
    expect(events.map(row)).toEqual(seenByAlice);
  });

  test("what a join hands out from while it read, too", async () => {
    const { world, connect, clients } = await worldWhere(blocker);
    const alice = connect("alice");
    await world.hub.blocks.load("alice");
    world.engine.pauseAnswers();
    alice.send("join", { rooms: [{ room }] }, "j");
    await until(() => world.engine.waitingAnswers > 0);
    await live(clients);
    world.engine.resumeAnswers();
    await until(() => alice.socket.answerTo("j"));
    expect(story(alice)).toEqual(seenByAlice);
  });

  test("neither a join's newest messages nor history show the other's messages or reactions", async () => {
    const { connect, clients } = await worldWhere(blocker);
    await say(clients.bob, "from bob");
    const messageId = await say(clients.carol, "from carol");
    for (const { ask } of [clients.bob, clients.carol])
      await ask("reaction", { room, messageId, emoji: "👍", action: "add" });
    const alice = connect("alice");
    const joined = (await alice.ask("join", { rooms: [{ room }] })).payload.rooms as [object];
    const read = (await alice.ask("history", { room })).payload;
    expect([joined[0], read]).toMatchObject(
      [4, 4].map((seq) => ({
        seq,
        messages: [{ content: "from carol", reactions: [{ emoji: "👍", count: 1 }] }],
      })),
    );
    expect([joined[0], read].flatMap((page) => (page as { messages: object[] }).messages).length).toBe(2);
  });

  test("the end of the block shows what comes after it", async () => {
    const { world, enter, clients } = await worldWhere(blocker);
    const alice = await enter("alice");
    await say(clients.bob, "before");
    const blocked = blocker === "alice" ? "bob" : "alice";
    await removeBlock(world.hub, identityOf(blocker), blocker, blocked);
    await say(clients.bob, "after");
    expect(story(alice)).toEqual(["1 skipped", "2 chat_message"]);
  });

  test("a new block hides what comes after it", async () => {
    const { world, enter, clients } = await worldWhere(blocker);
    const alice = await enter("alice");
    await say(clients.carol, "before");
    await addBlock(world.hub, identityOf("carol"), "carol", "alice");
    await say(clients.carol, "after");
    expect(story(alice)).toEqual(["1 chat_message", "2 skipped"]);
  });
});

test("who is blocked has the ack at its place, and those who see it share one publish", async () => {
  const { world, enter, clients } = await worldWhere("alice");
  await enter("alice");
  world.engine.pauseCommits();
  clients.carol.send("send_message", { room, content: "1" }, "c1");
  clients.bob.send("send_message", { room, content: "2" }, "b1");
  clients.root.send("send_message", { room, content: "3" }, "r1");
  await settle();
  const publishes = world.sockets.publishCount;
  world.engine.commit();
  await until(() => clients.root.socket.answerTo("r1"));
  expect(clients.bob.socket.frames.slice(-3).map(row)).toEqual([
    "1 chat_message",
    "2 message_response",
    "3 chat_message",
  ]);
  expect(world.sockets.publishCount - publishes).toBeLessThanOrEqual(1);
});

test("an author without blocks is sent to everybody with one publish, to nobody one by one", async () => {
  const { world, enter, clients } = await worldWhere("alice");
  const sockets = [await enter("alice", "phone"), await enter("alice", "laptop")];
  const publishes = world.sockets.publishCount;
  await say(clients.carol, "hello");
  expect(world.sockets.publishCount - publishes).toBe(1);
  expect(sockets.map(story)).toEqual([["1 chat_message"], ["1 chat_message"]]);
});
