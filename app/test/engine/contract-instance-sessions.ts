import { describe, expect, test } from "bun:test";
import { ask, claim, type InstancesWorld, moves, no, sessionsOf, take, yes } from "./instances-world.ts";
import { until } from "./until.ts";

/** Whose a session is, and where its newest socket. */
export function instanceSessionsContract(world: InstancesWorld): void {
  describe("a session", () => {
    test("has the newest socket where it was claimed last, and that is logged by then", async () => {
      const [a, b, c] = world.instances;
      expect(await take(a, claim("s"))).toEqual(yes(1));
      expect(await take(a, claim("s"))).toEqual(yes(2));
      expect(await moves(a)).toEqual([]);
      expect(await take(b, claim("s"))).toEqual(yes(3));
      expect(await moves(a)).toEqual(["s b 3"]);
      expect(await take(c, claim("s"))).toEqual(yes(4));
      expect(await take(c, claim("s"))).toEqual(yes(5));
      expect(await moves(a)).toEqual(["s b 3", "s c 4", "s c 5"]);
    });

    test("that is asked for is told what a claim would be, and is not taken", async () => {
      const [a, b] = world.instances;
      expect(await ask(a, claim("s"))).toEqual(yes(1));
      expect(await ask(b, claim("s", { userId: "bob" }))).toEqual(yes(1));
      await take(a, claim("s"));
      expect(await ask(b, claim("s"))).toEqual(yes(2));
      expect(await ask(b, claim("s", { userId: "bob" }))).toEqual(no("session_taken"));
      expect([await moves(a), await sessionsOf(a, "alice", "bob")]).toEqual([[], [1, 0]]);
    });

    test("is its user's until 60 s after the last socket, with the count of its messages", async () => {
      const [a, b] = world.instances;
      const theirs = claim("s", { userId: "bob" });
      await take(a, claim("s"));
      expect(await take(b, theirs)).toEqual(no("session_taken"));
      a.engine.others.releaseSession("s", 1, 7);
      await until(async () => (await sessionsOf(b, "alice"))[0] === 0, "a release");
      await world.store.pass(55_000);
      expect(await take(b, theirs)).toEqual(no("session_taken"));
      expect(await ask(b, claim("s"))).toEqual(yes(2, 7));
      await world.store.pass(5000);
      expect(await take(b, theirs)).toEqual(yes(1));
      expect(await sessionsOf(a, "alice", "bob")).toEqual([0, 1]);
    });

    test("is not let go by an instance that has claimed it again", async () => {
      const [a, b] = world.instances;
      await take(a, claim("s"));
      await take(a, claim("s"));
      a.engine.others.releaseSession("s", 1, 3);
      await until(
        async () => JSON.stringify(await ask(b, claim("s"))) === JSON.stringify(yes(3, 3)),
        "a count",
      );
      expect(await sessionsOf(b, "alice")).toEqual([1]);
      const again = take(a, claim("s"));
      a.engine.others.releaseSession("s", 2, 0);
      expect(await again).toEqual(yes(3, 3));
      await take(a, claim("other"));
      expect(await sessionsOf(b, "alice")).toEqual([2]);
    });

    test("goes back to the newest of its older sockets when the newest is let go", async () => {
      const [a, b, c] = world.instances;
      for (const instance of [a, b, c]) await take(instance, claim("s"));
      b.engine.others.releaseSession("s", 2, 0);
      c.engine.others.releaseSession("s", 3, 0);
      await until(async () => (await moves(a)).length === 3, "a move back");
      expect(await moves(a)).toEqual(["s b 2", "s c 3", "s a 3"]);
      a.engine.others.releaseSession("s", 1, 0);
      await until(async () => (await sessionsOf(b, "alice"))[0] === 0, "the last release");
      expect(await ask(b, claim("s"))).toEqual(yes(4));
    });

    test("has its messages counted where it has sockets", async () => {
      const [a, b, c] = world.instances;
      await take(a, claim("s"));
      await take(b, claim("s"));
      a.engine.others.countMessages("s", 5);
      await until(() => b.counted.length > 0, "a count");
      b.engine.others.releaseSession("s", 2, 2);
      await until(() => a.counted.length > 0, "the other count");
      expect([a, b, c].map(({ counted }) => counted)).toEqual([["s 2"], ["s 5"], []]);
      expect(await ask(c, claim("s"))).toEqual(yes(3, 7));
    });

    test("of a dead instance is no longer live, and goes on with the next number", async () => {
      const [a, b] = world.instances;
      await take(a, claim("s"));
      await world.store.kill("a");
      await until(async () => (await sessionsOf(b, "alice"))[0] === 0, "its end");
      expect(await take(b, claim("s", { userId: "bob" }))).toEqual(no("session_taken"));
      expect(await take(b, claim("s"))).toEqual(yes(2));
      expect(await take(a, claim("s"))).toEqual(no("unavailable"));
    });

    test("of a dead instance goes back to who has an older socket", async () => {
      const [a, b] = world.instances;
      await take(b, claim("s"));
      await take(a, claim("s"));
      await world.store.kill("a");
      await until(async () => (await moves(b)).includes("s b 2"), "a move back");
      expect(await sessionsOf(b, "alice")).toEqual([1]);
    });
  });

  describe("a limit", () => {
    const limited = { address: "192.0.2.1", userSessionsMax: 2, addressSessionsMax: 2 };

    test("counts a session once, on however many instances its sockets are", async () => {
      const [a, b, c] = world.instances;
      await take(a, claim("s", limited));
      await take(b, claim("s", limited));
      expect(await take(a, claim("t", limited))).toEqual(yes(1));
      for (const claimed of [take, ask]) {
        expect(await claimed(b, claim("u", limited))).toEqual(no("connection_limit_ip"));
        expect(await claimed(c, claim("u", { ...limited, address: null }))).toEqual(
          no("connection_limit_user"),
        );
      }
      a.engine.others.releaseSession("s", 1, 0);
      await take(c, claim("elsewhere", { userId: "bob" }));
      expect(await ask(b, claim("u", limited))).toEqual(no("connection_limit_ip"));
      b.engine.others.releaseSession("s", 2, 0);
      await until(async () => (await ask(b, claim("u", limited))).ok, "a place");
    });

    test("that is reached keeps nobody out who is in", async () => {
      const [a, b] = world.instances;
      for (const id of ["s", "t"]) await take(a, claim(id, limited));
      expect(await take(b, claim("s", limited))).toEqual(yes(2));
      expect(await take(a, claim("t", limited))).toEqual(yes(2));
    });

    test("is for the address of the newest socket", async () => {
      const [a, b] = world.instances;
      for (const id of ["s", "t"]) await take(a, claim(id, { ...limited, userId: id }));
      await take(b, claim("s", { ...limited, userId: "s", address: "192.0.2.2" }));
      await until(async () => (await take(a, claim("u", { ...limited, userId: "u" }))).ok, "a place");
      expect(await take(b, claim("s", { ...limited, userId: "s" }))).toEqual(no("connection_limit_ip"));
      expect(await take(b, claim("v", { ...limited, userId: "v", address: "192.0.2.2" }))).toEqual(yes(1));
      const full = { ...limited, userId: "w", address: "192.0.2.2" };
      expect(await take(a, claim("w", full))).toEqual(no("connection_limit_ip"));
    });

    test("is not reached by what was refused", async () => {
      const [a, b, c] = world.instances;
      await take(a, claim("taken", { userId: "bob" }));
      for (const instance of [a, b, c])
        expect(await take(instance, claim("taken", limited))).toEqual(no("session_taken"));
      const full = { address: "192.0.2.9", addressSessionsMax: 1, userSessionsMax: 2 };
      await take(a, claim("full", { ...full, userId: "cy" }));
      for (const instance of [a, b, c])
        expect(await take(instance, claim("s", full))).toEqual(no("connection_limit_ip"));
      expect(await sessionsOf(a, "alice")).toEqual([0]);
      for (const id of ["t", "u"]) expect(await take(b, claim(id, limited))).toEqual(yes(1));
    });

    test.each([
      ["user", { userSessionsMax: 5 }],
      ["address", { address: "192.0.2.1", addressSessionsMax: 5 }],
    ])("by %s is met by many who come at once, to all instances", async (_, limits) => {
      const claims = Array.from({ length: 30 }, (_, index) => claim(`s${index}`, limits));
      const verdicts = await Promise.all(
        claims.map((claim, index) => take(world.instances[index % 3] as never, claim)),
      );
      expect(verdicts.filter(({ ok }) => ok).length).toBe(5);
    });

    test("lets go of what a dead instance had", async () => {
      const [a, b] = world.instances;
      for (const id of ["s", "t"]) await take(a, claim(id, limited));
      expect((await ask(b, claim("u", limited))).ok).toBe(false);
      await world.store.kill("a");
      await until(async () => (await take(b, claim("u", limited))).ok, "a place");
    });
  });

  describe("many claims of one session at once", () => {
    test("are one after another, each with its own number", async () => {
      const claimed = await Promise.all(
        Array.from({ length: 12 }, (_, index) => take(world.instances[index % 3] as never, claim("s"))),
      );
      const generations = claimed.map((verdict) => (verdict.ok ? verdict.generation : 0));
      expect(generations.toSorted((one, other) => one - other)).toEqual(
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
      expect(await sessionsOf(world.instances[0], "alice")).toEqual([1]);
    });
  });
}
