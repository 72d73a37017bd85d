import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import type { Identity } from "../../src/chat/identity.ts";
import { isClaimed, RoomAccess } from "../../src/chat/room-access.ts";
import { identityOf } from "../support/identities.ts";
import { MemoryEngine } from "../support/memory-engine.ts";

/** A whole second, in which somebody was removed half a second later. */
const second = 1_700_000_000_000;
const removedAt = second + 500;

type Past = "nothing" | "added" | "removed" | "added again";

async function accessAfter(past: Past): Promise<RoomAccess> {
  const engine = new MemoryEngine();
  const decide = (kind: "member_added" | "member_removed", at: number) =>
    engine.control({ kind, room: "group:club", userId: "bob" }, { userId: "root", at, instance: "i1" });
  if (past === "added") await decide("member_added", removedAt);
  if (past === "removed" || past === "added again") await decide("member_removed", removedAt);
  if (past === "added again") await decide("member_added", removedAt + 1);
  return new RoomAccess(engine);
}

const [claim, wildcard, other] = [["group:club"], ["group:cl*"], ["group:chess", "room:club"]];
const nextSecond = second + 1000;

const reads: readonly [past: Past, room: string, rights: Partial<Identity>, mayRead: boolean][] = [
  ["nothing", "room:club", {}, true],
  ["nothing", "notifications:me", {}, true],
  ["nothing", "notifications:all", {}, true],
  ["nothing", "group:club", {}, false],
  ["nothing", "group:club", { rooms: claim }, true],
  ["nothing", "group:club", { rooms: wildcard }, true],
  ["nothing", "group:club", { rooms: other }, false],
  ["nothing", "group:club", { mayPublish: true }, false],
  ["nothing", "group:club", { isAdmin: true }, true],
  ["added", "group:club", {}, true],
  ["added", "group:chess", {}, false],
  ["removed", "room:club", {}, true],
  ["removed", "group:club", {}, false],
  ["removed", "group:club", { isAdmin: true }, true],
  ["removed", "group:club", { rooms: claim }, false],
  ["removed", "group:club", { rooms: claim, issuedAt: second - 1000 }, false],
  ["removed", "group:club", { rooms: claim, issuedAt: second }, false],
  ["removed", "group:club", { rooms: wildcard, issuedAt: second }, false],
  ["removed", "group:club", { rooms: claim, issuedAt: removedAt }, false],
  ["removed", "group:club", { rooms: claim, issuedAt: nextSecond }, true],
  ["removed", "group:club", { rooms: wildcard, issuedAt: nextSecond }, true],
  ["removed", "group:club", { issuedAt: nextSecond }, false],
  ["removed", "group:chess", { rooms: ["group:chess"] }, true],
  ["added again", "group:club", {}, true],
  ["added again", "group:club", { rooms: claim, issuedAt: second }, true],
];

test.each(reads)("after %s, %s with %o may be read: %p", async (past, room, rights, mayRead) => {
  const refusal = await (await accessAfter(past)).refuseRead(identityOf("bob", rights), room);
  expect(refusal?.code ?? null).toBe(mayRead ? null : "forbidden");
});

const writes: readonly [past: Past, room: string, rights: Partial<Identity>, mayWrite: boolean][] = [
  ["nothing", "room:club", {}, true],
  ["nothing", "group:club", {}, false],
  ["nothing", "group:club", { rooms: claim }, true],
  ["nothing", "group:club", { mayPublish: true }, true],
  ["removed", "group:club", { mayPublish: true }, true],
  ["removed", "group:club", { rooms: claim }, false],
  ["added", "group:club", {}, true],
  ["nothing", "notifications:me", { isAdmin: true, mayPublish: true }, false],
  ["nothing", "notifications:all", { isAdmin: true, mayPublish: true }, false],
];

test.each(writes)("after %s, %s with %o may be written to: %p", async (past, room, rights, mayWrite) => {
  const refusal = await (await accessAfter(past)).refuseWrite(identityOf("bob", rights), room);
  expect(refusal?.code ?? null).toBe(mayWrite ? null : "forbidden");
});

test("somebody else's membership opens nothing", async () => {
  const refusal = await (await accessAfter("added")).refuseRead(identityOf("eve"), "group:club");
  expect(refusal?.code).toBe("forbidden");
});

test("an engine that does not answer opens no group, and decides nothing where names do", async () => {
  const engine = new MemoryEngine();
  engine.failsWith = () => new EngineUnavailable("down");
  const access = new RoomAccess(engine);
  expect(access.refuseRead(identityOf("bob"), "room:club")).toBeNull();
  expect(access.refuseRead(identityOf("root", { isAdmin: true }), "group:club")).toBeNull();
  const read = async () => access.refuseRead(identityOf("bob", { rooms: claim }), "group:club");
  expect(read()).rejects.toBeInstanceOf(EngineUnavailable);
});

describe("a claim", () => {
  test.each([
    ["group:a", "group:a", true],
    ["group:a", "group:ab", false],
    ["group:a*", "group:ab", true],
    ["group:a*", "group:a", true],
    ["group:*", "group:b", true],
    ["*", "group:b", true],
    ["room:*", "group:b", false],
    ["gr*p:b", "group:b", false],
    ["", "group:b", false],
  ])("%p names %p: %p", (claimed, room, isNamed) => {
    expect(isClaimed(identityOf("bob", { rooms: [claimed] }), room)).toBe(isNamed);
  });
});
