import { describe, expect, test } from "bun:test";
import { elsewhere, type InstancesWorld, userOf } from "./instances-world.ts";
import { until } from "./until.ts";

const room = "room:x";
const [ann, ben] = [userOf("ann"), userOf("ben")];

/** Who is in a room, and who types there. */
export function instancePresenceContract(world: InstancesWorld): void {
  describe("presence", () => {
    test("is told to the others who subscribed, in order", async () => {
      const [a, b, c] = world.instances;
      for (const { engine } of [a, b]) await engine.subscribe(room);
      for (const sessions of [1, 2, 0, null, 3]) a.engine.others.setPresence(room, ann, sessions);
      a.engine.others.setPresence("room:y", ann, 1);
      c.engine.others.setPresence(room, ben, 1);
      await until(() => b.told.length === 6 && a.told.length === 1, "news");
      const ofAnn = b.told.filter((told) => told.includes("ann"));
      expect(ofAnn).toEqual([1, 2, 0, null, 3].map((sessions) => `${room} ann ${sessions}`));
      expect([a.told, c.told]).toEqual([[`${room} ben 1`], []]);
    });

    test("is not told after a room was unsubscribed", async () => {
      const [a, b] = world.instances;
      await b.engine.subscribe(room);
      await b.engine.subscribe("room:y");
      b.engine.unsubscribe(room);
      a.engine.others.setPresence(room, ann, 1);
      a.engine.others.setPresence("room:y", ann, 1);
      await until(() => b.told.length > 0, "news of the other room");
      expect(b.told).toEqual(["room:y ann 1"]);
    });

    test("can be asked for: who is there elsewhere, each with image and name", async () => {
      const [a, b, c] = world.instances;
      const cy = { id: 'cy"\n{}', name: "", image: "https://example.org/ü.png" };
      a.engine.others.setPresence(room, ann, 2);
      b.engine.others.setPresence(room, ann, 1);
      b.engine.others.setPresence(room, { ...cy, id: "cy {}" }, 0);
      await until(async () => (await elsewhere(c, room)).length === 3, "all three");
      expect(await elsewhere(b, room)).toEqual([`${room} ann 2`]);
      expect(await elsewhere(a, room)).toEqual([`${room} ann 1`, `${room} cy {} 0`]);
      const [, said] = (await a.engine.others.presenceElsewhere(room)).toSorted((one, other) =>
        one.user.id < other.user.id ? -1 : 1,
      );
      expect(said?.user).toEqual({ ...cy, id: "cy {}" });
      expect(await elsewhere(c, "room:y")).toEqual([]);
    });

    test("tells for 5 s who has left, on whatever instance, unless they are back", async () => {
      const [a, b] = world.instances;
      for (const user of [ann, ben]) a.engine.others.setPresence(room, user, 1);
      for (const user of [ann, ben]) a.engine.others.setPresence(room, user, null);
      a.engine.others.setPresence(room, ben, 1);
      await until(async () => (await elsewhere(b, room)).length === 2, "news");
      expect(await elsewhere(b, room)).toEqual([`${room} ann null`, `${room} ben 1`]);
      expect(await elsewhere(a, room)).toEqual([`${room} ann null`]);
      await world.store.pass(5000);
      expect(await elsewhere(b, room)).toEqual([`${room} ben 1`]);
      expect(await elsewhere(a, room)).toEqual([]);
    });

    test("that changes while it is asked for is told as well", async () => {
      const [a, b] = world.instances;
      await b.engine.subscribe(room);
      const read = elsewhere(b, room);
      a.engine.others.setPresence(room, ann, 1);
      const known = new Set([...(await read), ...b.told]);
      await until(() => known.has(`${room} ann 1`) || b.told.length > 0, "the change");
    });

    test("ends with its instance, of which all others hear", async () => {
      const [a, b, c] = world.instances;
      await b.engine.subscribe(room);
      for (const user of [ann, ben]) a.engine.others.setPresence(room, user, 1);
      c.engine.others.setPresence(room, ben, 1);
      await until(() => b.told.length === 3, "news");
      const [teller = ""] = b.tellers;
      await world.store.kill("a");
      await until(() => b.gone.includes(teller) && c.gone.includes(teller), "its end");
      await until(async () => (await elsewhere(b, room)).includes(`${room} ann null`), "who has left");
      expect(await elsewhere(b, room)).toContain(`${room} ben 1`);
      await world.store.pass(5000);
      expect(await elsewhere(b, room)).toEqual([`${room} ben 1`]);
      expect(b.gone.filter((gone) => gone === teller)).toEqual([teller]);
    });
  });

  describe("typing", () => {
    test("is told to the others who subscribed", async () => {
      const [a, b, c] = world.instances;
      for (const { engine } of [a, b]) await engine.subscribe(room);
      a.engine.others.tellTyping(room, ann, true);
      a.engine.others.tellTyping(room, ann, false);
      c.engine.others.tellTyping(room, ben, true);
      await until(() => b.told.length === 3 && a.told.length === 1, "news");
      expect(b.told.filter((told) => told.includes("ann"))).toEqual([
        `${room} ann 😀 types true`,
        `${room} ann 😀 types false`,
      ]);
      expect([a.told, c.told]).toEqual([[`${room} ben 😀 types true`], []]);
    });
  });
}
