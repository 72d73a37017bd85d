import { describe, expect, test } from "bun:test";
import { addBlock, removeBlock } from "../../src/chat/block-list.ts";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { ChatWorld, settle, until } from "../support/chat-world.ts";
import { identityOf } from "../support/identities.ts";

const alice = identityOf("alice");
const bob = identityOf("bob");

const hiddenFrom = ({ hub }: ChatWorld, userId = "alice") => [...hub.blocks.hiddenFrom(userId)];
const viewersWithout = ({ hub }: ChatWorld, userId = "bob") => [...(hub.blocks.viewersWithout(userId) ?? [])];

/** Alice has blocked Bob, is connected, and known to have. */
async function worldWithBlock() {
  const world = new ChatWorld();
  await addBlock(world.hub, alice, "alice", "bob");
  const client = world.connect("phone", null, alice);
  await world.hub.blocks.load("alice");
  return { world, client };
}

describe("what is known of a user", () => {
  test.each([
    ["blocked", "alice", "bob"],
    ["was blocked by", "bob", "alice"],
  ])("whom they %s, either way round", async (_, blocker, blocked) => {
    const world = new ChatWorld();
    world.connect("phone", null, alice);
    await addBlock(world.hub, identityOf(blocker), blocker, blocked);
    expect([...(await world.hub.blocks.load("alice"))]).toEqual(["bob"]);
    expect([hiddenFrom(world), viewersWithout(world)]).toEqual([["bob"], ["alice"]]);
  });

  test("is nothing before it was asked for", async () => {
    const world = new ChatWorld();
    world.connect("phone", null, alice);
    await addBlock(world.hub, alice, "alice", "bob");
    expect([hiddenFrom(world), viewersWithout(world)]).toEqual([[], []]);
  });

  test("is read once, however many ask at once and later", async () => {
    const world = new ChatWorld();
    world.connect("phone", null, alice);
    const { blocks } = world.hub;
    await settle();
    await Promise.all([blocks.load("alice"), blocks.load("alice")]);
    await blocks.load("alice");
    expect(world.engine.asked.blockRelations).toBe(1);
  });

  test("is kept until the last socket is gone", async () => {
    const { world, client } = await worldWithBlock();
    const second = world.connect("laptop", null, alice);
    client.vanish();
    expect([hiddenFrom(world), viewersWithout(world)]).toEqual([["bob"], ["alice"]]);
    second.vanish();
    expect([hiddenFrom(world), world.hub.blocks.viewersWithout("bob"), world.hub.blocks.users()]).toEqual([
      [],
      undefined,
      [],
    ]);
  });

  test("is read, and not kept, of who is not connected", async () => {
    const { world, client } = await worldWithBlock();
    client.vanish();
    expect([...(await world.hub.blocks.load("alice"))]).toEqual(["bob"]);
    expect([hiddenFrom(world), world.hub.blocks.users()]).toEqual([[], []]);
  });

  test("is kept for as long as anybody is here who may not see them", async () => {
    const { world, client } = await worldWithBlock();
    await addBlock(world.hub, bob, "bob", "carol");
    world.connect("c", null, identityOf("carol"));
    await world.hub.blocks.load("carol");
    expect(viewersWithout(world)).toEqual(["alice", "carol"]);
    client.vanish();
    expect(viewersWithout(world)).toEqual(["carol"]);
  });

  test("is not kept when they left while it was read", async () => {
    const world = new ChatWorld();
    await addBlock(world.hub, alice, "alice", "bob");
    const client = world.connect("phone", null, alice);
    const loaded = world.hub.blocks.load("alice");
    client.vanish();
    expect([[...(await loaded)], world.hub.blocks.users()]).toEqual([["bob"], []]);
  });

  test("is not kept when they left while it was read, and is read anew when they came back", async () => {
    const world = new ChatWorld();
    const client = world.connect("phone", null, alice);
    world.engine.pauseAnswers();
    const old = world.hub.blocks.load("alice");
    client.vanish();
    await addBlock(world.hub, alice, "alice", "bob");
    world.connect("laptop", null, alice);
    const fresh = world.hub.blocks.load("alice");
    world.engine.resumeAnswers();
    expect([[...(await old)], [...(await fresh)], hiddenFrom(world)]).toEqual([[], ["bob"], ["bob"]]);
  });

  test("could not be read: says so, and is read by whoever asks next", async () => {
    const world = new ChatWorld();
    world.connect("phone", null, alice);
    world.engine.failsWith = () => new EngineUnavailable("down");
    expect(world.hub.blocks.load("alice")).rejects.toBeInstanceOf(EngineUnavailable);
    await settle();
    world.engine.failsWith = () => null;
    expect((await world.hub.blocks.load("alice")).size).toBe(0);
  });
});

describe("what changes", () => {
  test("is hidden at once, from both", async () => {
    const world = new ChatWorld();
    for (const who of [alice, bob]) world.connect(who.user.id, null, who);
    for (const who of [alice, bob]) await world.hub.blocks.load(who.user.id);
    await addBlock(world.hub, alice, "alice", "bob");
    expect([hiddenFrom(world), hiddenFrom(world, "bob")]).toEqual([["bob"], ["alice"]]);
    expect([viewersWithout(world), viewersWithout(world, "alice")]).toEqual([["alice"], ["bob"]]);
    await removeBlock(world.hub, alice, "alice", "bob");
    expect([hiddenFrom(world), hiddenFrom(world, "bob"), world.hub.blocks.viewersWithout("bob")]).toEqual([
      [],
      [],
      undefined,
    ]);
  });

  test("does not touch others", async () => {
    const { world } = await worldWithBlock();
    await addBlock(world.hub, alice, "alice", "carol");
    await removeBlock(world.hub, alice, "alice", "bob");
    expect([hiddenFrom(world), viewersWithout(world, "carol")]).toEqual([["carol"], ["alice"]]);
  });

  test("leaves what the other side blocked", async () => {
    const { world } = await worldWithBlock();
    await addBlock(world.hub, bob, "bob", "alice");
    await removeBlock(world.hub, alice, "alice", "bob");
    expect(hiddenFrom(world)).toEqual(["bob"]);
    await removeBlock(world.hub, bob, "bob", "alice");
    expect(hiddenFrom(world)).toEqual([]);
  });

  const decide = { block_added: addBlock, block_removed: removeBlock };
  test.each([
    ["block_added", ["bob", "carol"]],
    ["block_removed", []],
  ] as const)("while it is read counts: %s", async (kind, hidden) => {
    const world = new ChatWorld();
    await addBlock(world.hub, alice, "alice", "bob");
    world.connect("phone", null, alice);
    world.engine.pauseAnswers();
    const loaded = world.hub.blocks.load("alice");
    await settle();
    const decided = decide[kind](world.hub, alice, "alice", kind === "block_added" ? "carol" : "bob");
    await settle();
    world.engine.resumeAnswers();
    await decided;
    expect([[...(await loaded)], hiddenFrom(world)]).toEqual([[...hidden], [...hidden]]);
  });

  test("for the worse stays in force while it is read what else changed", async () => {
    const { world } = await worldWithBlock();
    world.engine.pauseAnswers();
    void removeBlock(world.hub, alice, "alice", "bob");
    await until(() => world.engine.waitingAnswers > 0);
    await addBlock(world.hub, bob, "bob", "carol");
    expect(hiddenFrom(world)).toEqual(["bob"]);
    const blocked = addBlock(world.hub, alice, "alice", "carol");
    await settle();
    expect(hiddenFrom(world)).toEqual(["bob", "carol"]);
    world.engine.resumeAnswers();
    await blocked;
    expect(hiddenFrom(world)).toEqual(["carol"]);
  });

  test("and cannot be read is read a second later, unless they left", async () => {
    const { world, client } = await worldWithBlock();
    world.engine.failsWith = (operation) =>
      operation === "blockRelations" ? new EngineUnavailable("down") : null;
    expect(await removeBlock(world.hub, alice, "alice", "bob")).toMatchObject({ ok: true });
    world.clock.advance(1000);
    await settle();
    expect(hiddenFrom(world)).toEqual(["bob"]);
    world.engine.failsWith = () => null;
    world.clock.advance(1000);
    await settle();
    expect(hiddenFrom(world)).toEqual([]);
    client.vanish();
    const asked = world.engine.asked.blockRelations;
    world.clock.advance(5000);
    expect(world.engine.asked.blockRelations).toBe(asked);
  });
});
