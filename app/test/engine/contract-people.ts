import { describe, expect, test } from "bun:test";
import type { StoredEvent } from "../../src/chat/engine.ts";
import {
  type ControlAuthor,
  type ControlChange,
  controlRoom,
  type PageBounds,
} from "../../src/chat/engine-people.ts";
import { type EngineWorld, page, pagesOf, start, wide } from "./engine-world.ts";
import { until } from "./until.ts";

const group = "group:a";
const all: PageBounds = { after: null, limit: 1000 };
const author: ControlAuthor = { userId: "admin", at: 1000, instance: "i1" };
const added = (userId: string, room = group): ControlChange => ({ kind: "member_added", room, userId });
const removed = (userId: string, room = group): ControlChange => ({ kind: "member_removed", room, userId });
const blocked = (userId: string, otherId: string): ControlChange => ({
  kind: "block_added",
  userId,
  otherId,
});
const unblocked = (userId: string, otherId: string): ControlChange => ({
  kind: "block_removed",
  userId,
  otherId,
});

/** Memberships, blocks, the control log that tells of them, and when users were last seen. */
export function peopleContract(world: EngineWorld): void {
  const decide = async (change: ControlChange, at = author.at) => {
    const result = await world.engine.control(change, { ...author, at });
    return result.ok ? `${result.seq}${result.isChange ? "" : " same"}` : result.code;
  };
  const logged = async () => {
    const replay = await world.engine.replay(controlRoom, start, wide);
    return replay.recovered ? replay.events : [];
  };

  describe("a control change", () => {
    test("is an entry of the control log, announced as the log holds it", async () => {
      const heard: StoredEvent[] = [];
      const stored = (room: string, events: readonly StoredEvent[]) => {
        if (room === controlRoom) heard.push(...events);
      };
      await world.open({}, { stored });
      await world.engine.subscribe(controlRoom);
      const changes = [
        added("u1"),
        blocked("u1", "u2"),
        { kind: "user_disconnected", userId: "u3" } as const,
      ];
      for (const change of changes) await decide(change);
      await until(() => heard.length === 3, "three entries");
      const events = await logged();
      expect(heard).toEqual([...events]);
      const { epoch } = await world.engine.head(controlRoom);
      const by = { epoch, authorId: "admin", createdAt: 1000, instance: "i1", socket: 0, commandId: null };
      const none = { content: null, metaJson: null, messageAuthorId: null, isEdited: false };
      expect(events).toMatchObject(
        changes.map(({ kind }, index) => ({ ...by, ...none, kind, seq: index + 1 })),
      );
      expect(events.map(({ kind, rest }) => ({ kind, ...JSON.parse(rest ?? "") }))).toEqual(changes);
      expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(3);
      expect((await world.engine.history(controlRoom, page)).messages).toEqual([]);
    });

    test("says whether it changed anything, and where the log's head is", async () => {
      await world.open();
      expect(await decide(unblocked("u1", "u2"))).toBe("0 same");
      expect(await world.engine.head(controlRoom)).toEqual(start);
      const table: [ControlChange, string][] = [
        [added("u1"), "1"],
        [added("u1"), "1 same"],
        [removed("u1"), "2"],
        [removed("u1"), "3"],
        [removed("u2"), "4"],
        [added("u1"), "5"],
        [blocked("u1", "u2"), "6"],
        [blocked("u1", "u2"), "6 same"],
        [blocked("u2", "u1"), "7"],
        [unblocked("u1", "u3"), "7 same"],
        [unblocked("u1", "u2"), "8"],
        [unblocked("u1", "u2"), "8 same"],
        [{ kind: "user_disconnected", userId: "u1" }, "9"],
        [{ kind: "user_disconnected", userId: "u1" }, "10"],
      ];
      for (const [change, answer] of table) expect([change, await decide(change)]).toEqual([change, answer]);
    });

    test("is kept, and the log goes on, in a later life", async () => {
      await world.open();
      await decide(added("u1"));
      await decide(blocked("u1", "u2"));
      await world.reopen();
      expect(await world.engine.membership(group, "u1")).toEqual({ isMember: true, changedAt: 1000 });
      expect(await world.engine.blockRelations("u2")).toEqual(["u1"]);
      expect(await decide(removed("u1"))).toBe("3");
    });

    test("is decided one after another among many at once", async () => {
      await world.open();
      const answers = await Promise.all(Array.from({ length: 50 }, () => decide(added("u1"))));
      expect(answers).toEqual(["1", ...Array(49).fill("1 same")]);
    });

    test("is refused after close", async () => {
      await world.open();
      await world.engine.close();
      expect(await world.engine.control(added("u1"), author)).toEqual({ ok: false, code: "unavailable" });
    });
  });

  describe("a membership", () => {
    test("is what was decided last, with its time", async () => {
      await world.open();
      const membership = () => world.engine.membership(group, "u1");
      expect(await membership()).toBeNull();
      const table: [ControlChange, number, { isMember: boolean; changedAt: number }][] = [
        [removed("u1"), 10, { isMember: false, changedAt: 10 }],
        [removed("u1"), 20, { isMember: false, changedAt: 20 }],
        [added("u1"), 30, { isMember: true, changedAt: 30 }],
        [added("u1"), 40, { isMember: true, changedAt: 30 }],
        [removed("u1"), 50, { isMember: false, changedAt: 50 }],
      ];
      for (const [change, at, expected] of table) {
        await decide(change, at);
        expect(await membership()).toEqual(expected);
      }
      expect(await world.engine.membership("group:b", "u1")).toBeNull();
      expect(await world.engine.membership(group, "u2")).toBeNull();
    });

    test("is listed by room without the removed, and by user with them, in pages", async () => {
      await world.open();
      for (const userId of ["u3", "u1", "u5", "u2", "u4"]) await decide(added(userId), 7);
      await decide(removed("u4"), 8);
      await decide(removed("u0"), 8);
      for (const room of ["group:c", "group:b"]) await decide(added("u4", room), 9);
      const members = await pagesOf((after) => world.engine.members(group, { after, limit: 2 }));
      const member = (userId: string) => ({ userId, addedAt: 7 });
      expect(members).toEqual([
        [member("u1"), member("u2")],
        [member("u3"), member("u5")],
      ]);
      const groups = await pagesOf((after) => world.engine.groupsOf("u4", { after, limit: 2 }));
      expect(groups).toEqual([
        [
          { room: group, isMember: false, changedAt: 8 },
          { room: "group:b", isMember: true, changedAt: 9 },
        ],
        [{ room: "group:c", isMember: true, changedAt: 9 }],
      ]);
      const empty = { items: [], next: null };
      expect(await world.engine.members("group:none", all)).toEqual(empty);
      expect(await world.engine.groupsOf("nobody", all)).toEqual(empty);
    });
  });

  describe("blocks", () => {
    test("are listed by who made them in pages, and related to both sides", async () => {
      await world.open();
      for (const otherId of ["u4", "u2", "u3"]) await decide(blocked("u1", otherId));
      for (const userId of ["u2", "u9"]) await decide(blocked(userId, "u1"));
      await decide(unblocked("u1", "u3"));
      const pages = await pagesOf((after) => world.engine.blocksBy("u1", { after, limit: 1 }));
      const block = (userId: string) => ({ userId, createdAt: 1000 });
      expect(pages).toEqual([[block("u2")], [block("u4")]]);
      expect([...(await world.engine.blockRelations("u1"))].sort()).toEqual(["u2", "u4", "u9"]);
      expect(await world.engine.blockRelations("u4")).toEqual(["u1"]);
      expect(await world.engine.blockRelations("u3")).toEqual([]);
      expect(await world.engine.blocksBy("u4", all)).toEqual({ items: [], next: null });
    });

    test("are at most 1,000 by one user", async () => {
      await world.open();
      const block = (index: number) => decide(blocked("u1", `other-${index}`));
      await Promise.all(Array.from({ length: 1000 }, (_, index) => block(index)));
      expect(await block(1000)).toBe("too_large");
      expect(await block(3)).toBe("1000 same");
      expect(await decide(blocked("u2", "u1"))).toBe("1001");
      await decide(unblocked("u1", "other-3"));
      expect(await block(1000)).toBe("1003");
      expect((await world.engine.blocksBy("u1", all)).items.length).toBe(1000);
      expect((await world.engine.blockRelations("u1")).length).toBe(1001);
    });
  });

  test("who was last seen when is the latest that was noted", async () => {
    await world.open();
    const at = Date.now();
    expect(await world.engine.lastSeen("u1")).toBeNull();
    await world.engine.noteSeen([
      { userId: "u1", at },
      { userId: "u2", at: at - 5 },
    ]);
    await world.engine.noteSeen([{ userId: "u1", at: at - 10 }]);
    expect(await world.engine.lastSeen("u1")).toBe(at);
    await world.reopen();
    expect(await world.engine.lastSeen("u2")).toBe(at - 5);
    const yearAgo = at - 367 * 24 * 60 * 60_000;
    await world.engine.noteSeen([{ userId: "u3", at: yearAgo }]);
    expect(await world.engine.lastSeen("u3")).toBeNull();
  });
}
