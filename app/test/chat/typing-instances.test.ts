import { describe, expect, test } from "bun:test";
import { ChatInstances } from "../support/chat-instances.ts";
import { type ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { ann, room, toldTo } from "../support/typed-room.ts";

/** Two instances with somebody on each who watches, and Ann, who types on the first. */
async function scattered() {
  const instances = new ChatInstances();
  const [a, b] = [instances.start("a"), instances.start("b")];
  const watchers: Client[] = [];
  for (const world of [a, b]) watchers.push(await world.join(room, "watcher", { user: watcher(world) }));
  const phone = await a.join(room, "phone", { user: ann });
  const type = async (isTyping: boolean, client = phone) => {
    await client.ask("typing", { room, isTyping });
    await settle();
  };
  const after = async (ms: number) => {
    instances.clock.advance(ms);
    await settle();
  };
  return { instances, a, b, phone, type, after, told: () => watchers.map(toldTo) };
}

const watcher = ({ hub }: ChatWorld) => ({ ...ann, id: `watcher-${hub.context.instance.id}` });
const everywhere = (...told: string[]) => [told, told];

describe("typing on another instance", () => {
  test("is told when it begins and when it ends", async () => {
    const { type, after, told } = await scattered();
    await type(true);
    expect(told()).toEqual(everywhere("ann true"));
    await after(2000);
    await type(false);
    expect(told()).toEqual(everywhere("ann true", "ann false"));
  });

  test("that goes on for long is told once, and ends everywhere", async () => {
    const { type, after, told } = await scattered();
    for (let said = 0; said < 8; said += 1) {
      await type(true);
      await after(3000);
    }
    expect(told()).toEqual(everywhere("ann true"));
    await after(2000);
    expect(told()).toEqual(everywhere("ann true", "ann false"));
  });

  test("ends 5 s after it was last heard of, as when that instance has died", async () => {
    const { instances, type, after, told } = await scattered();
    await type(true);
    instances.shared.kill("a");
    await after(4999);
    expect(told()[1]).toEqual(["ann true"]);
    await after(1);
    expect(told()[1]).toEqual(["ann true", "ann false"]);
  });

  test("ends when the user leaves the room", async () => {
    const { phone, type, after, told } = await scattered();
    await type(true);
    phone.vanish();
    await after(2000);
    expect(told()).toEqual(everywhere("ann true", "ann false"));
  });

  test("is not told to the user's own devices, nor across a block", async () => {
    const { instances, b, type, told } = await scattered();
    const desk = await b.join(room, "desk", { user: ann });
    const change = { kind: "block_added", userId: "ann", otherId: "watcher-b" } as const;
    await instances.engine.control(change, { userId: "ann", at: 0, instance: "a" });
    await settle();
    await type(true);
    expect([...told(), toldTo(desk)]).toEqual([["ann true"], [], []]);
  });

  test("is told on by the instance where it was said, and by no other", async () => {
    const { instances, b, type, after, told } = await scattered();
    const c = instances.start("c");
    const far = await c.join(room, "far");
    const said: boolean[] = [];
    const { others } = b.hub.context.engine;
    others.tellTyping = (_room, _user, isTyping) => said.push(isTyping);
    await type(true);
    await after(6000);
    expect([said, toldTo(far), ...told()]).toEqual([[], ...Array(3).fill(["ann true", "ann false"])]);
  });

  test("is said again to the others every 2 s at most", async () => {
    const { a, type, after } = await scattered();
    const said: boolean[] = [];
    a.hub.context.engine.others.tellTyping = (_room, _user, isTyping) => said.push(isTyping);
    for (let times = 0; times < 8; times += 1) {
      await type(true);
      await after(500);
    }
    expect(said).toEqual([true, true]);
  });
});
