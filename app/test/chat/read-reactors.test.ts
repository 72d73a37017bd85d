import { expect, test } from "bun:test";
import { guestIdentity } from "../../src/chat/identity.ts";
import { readReactors } from "../../src/chat/read-reactors.ts";
import { ChatWorld } from "../support/chat-world.ts";

const room = "room:a";
const any = { emoji: null, after: null, limit: 10 };

/** A message that three users reacted to. */
async function reactedTo() {
  const world = new ChatWorld();
  const author = await world.join(room, "ann");
  const { messageId } = (await author.ask("send_message", { room, content: "hi" })).payload;
  for (const name of ["ben", "cleo", "dan"]) {
    const emoji = name === "dan" ? "👎" : "👍";
    const reactor = await world.join(room, name);
    await reactor.ask("reaction", { room, messageId, emoji, action: "add" });
  }
  const read = async (name: string, query: typeof any | object = {}, of = room, id = String(messageId)) => {
    const identity = guestIdentity({ id: `user-${name}`, name, image: null });
    const answer = await readReactors(world.hub, identity, of, id, { ...any, ...query });
    return answer.ok ? answer.page : answer.code;
  };
  return { world, read };
}

const names = (page: Awaited<ReturnType<Awaited<ReturnType<typeof reactedTo>>["read"]>>) =>
  typeof page === "string" ? page : page.items.map(({ emoji, userName }) => `${emoji} ${userName}`);

test("tells who reacted, with which emoji, page after page", async () => {
  const { read } = await reactedTo();
  expect(names(await read("zoe"))).toEqual(["👍 ben", "👍 cleo", "👎 dan"]);
  expect(names(await read("zoe", { emoji: "👎" }))).toEqual(["👎 dan"]);
  const first = await read("zoe", { limit: 2 });
  if (typeof first === "string") throw new Error(first);
  expect(names(await read("zoe", { limit: 2, after: first.next }))).toEqual(["👎 dan"]);
});

test("leaves out who is on the other side of a block", async () => {
  const { world, read } = await reactedTo();
  const change = { kind: "block_added", userId: "user-ben", otherId: "user-zoe" } as const;
  await world.engine.control(change, { userId: "user-ben", at: 1, instance: "i1" });
  expect(names(await read("zoe"))).toEqual(["👍 cleo", "👎 dan"]);
});

test("is refused where there is no such message, and where one may not read", async () => {
  const { read } = await reactedTo();
  expect(await read("zoe", {}, "room:b")).toBe("not_found");
  expect(await read("zoe", {}, "notifications:me")).toBe("not_found");
  expect(await read("zoe", {}, "group:g")).toBe("forbidden");
});
