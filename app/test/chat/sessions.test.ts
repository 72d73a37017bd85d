import { describe, expect, test } from "bun:test";
import { guestIdentity } from "../../src/chat/identity.ts";
import type { Session } from "../../src/chat/session.ts";
import { Sessions } from "../../src/chat/sessions.ts";
import { ChatWorld } from "../support/chat-world.ts";

/** Sessions of their own, with connections that belong to no hub's table. */
function standalone(detachedMax?: number) {
  const world = new ChatWorld();
  const sessions = new Sessions(world.clock, detachedMax);
  const attach = (id: string, address: string | null = null) => {
    const user = { id: `user-${id}`, name: id, image: null };
    const request = { connectionId: id, identity: guestIdentity(user), address };
    const connection = world.hub.connect(request, { ok: true, generation: 0, messageCount: 0 });
    const session = sessions.get(id) ?? sessions.create(id, user.id);
    sessions.attach(session, connection);
    return () => sessions.detach(session, connection);
  };
  return { clock: world.clock, sessions, attach };
}

describe("a session", () => {
  test("outlives its last socket by 60 s", () => {
    const { clock, sessions, attach } = standalone();
    const [leaveFirst, leaveSecond] = [attach("a"), attach("a")];
    leaveFirst();
    clock.advance(100_000);
    sessions.sweep();
    leaveSecond();
    clock.advance(59_999);
    sessions.sweep();
    expect(sessions.get("a")).toBeDefined();
    clock.advance(1);
    sessions.sweep();
    expect(sessions.get("a")).toBeUndefined();
  });

  test("that comes back goes on, and ends 60 s after it left again", () => {
    const { clock, sessions, attach } = standalone();
    attach("a")();
    const session = sessions.get("a");
    clock.advance(59_000);
    const leave = attach("a");
    clock.advance(100_000);
    sessions.sweep();
    expect(sessions.get("a")).toBe(session);
    leave();
    clock.advance(59_999);
    sessions.sweep();
    expect(sessions.get("a")).toBe(session);
  });

  test("is ended early, the longest gone first, past the bound of those without a socket", () => {
    const { sessions, attach } = standalone(2);
    attach("live");
    for (const id of ["a", "b", "c"]) attach(id)();
    expect(["live", "a", "b", "c"].filter((id) => sessions.get(id) !== undefined)).toEqual([
      "live",
      "b",
      "c",
    ]);
    expect(sessions.liveCount).toBe(1);
  });

  test("leaves once, however often its socket is said to be gone", () => {
    const { sessions, attach } = standalone();
    const leave = attach("a", "1.2.3.4");
    attach("b", "1.2.3.4");
    leave();
    leave();
    expect([sessions.liveCount, sessions.liveAt("1.2.3.4")]).toEqual([1, 1]);
  });
});

describe("a session whose newest socket is elsewhere", () => {
  test("counts for nothing until it is here again", () => {
    const { sessions, attach } = standalone();
    attach("a", "1.2.3.4");
    const session = sessions.get("a") as Session;
    sessions.move(session, true);
    expect([sessions.liveCount, sessions.liveAt("1.2.3.4"), session.isLive]).toEqual([0, 0, true]);
    sessions.move(session, false);
    expect([sessions.liveCount, sessions.liveAt("1.2.3.4")]).toEqual([1, 1]);
  });

  test("counts with its next socket here, and is not missed when it ends", () => {
    const { sessions, attach } = standalone();
    const leaveOld = attach("a", "1.2.3.4");
    sessions.move(sessions.get("a") as Session, true);
    const leaveNew = attach("a", "5.6.7.8");
    expect([sessions.liveCount, sessions.liveAt("1.2.3.4"), sessions.liveAt("5.6.7.8")]).toEqual([1, 0, 1]);
    leaveNew();
    expect([sessions.liveCount, sessions.liveAt("1.2.3.4"), sessions.liveAt("5.6.7.8")]).toEqual([1, 1, 0]);
    sessions.move(sessions.get("a") as Session, true);
    leaveOld();
    expect([sessions.liveCount, sessions.liveAt("1.2.3.4")]).toEqual([0, 0]);
  });
});

describe("an address", () => {
  test("counts each session with a socket once", () => {
    const { sessions, attach } = standalone();
    const leaves = [
      attach("a", "1.2.3.4"),
      attach("a", "1.2.3.4"),
      attach("b", "1.2.3.4"),
      attach("c", "5.6.7.8"),
    ];
    expect([sessions.liveAt("1.2.3.4"), sessions.liveAt("5.6.7.8")]).toEqual([2, 1]);
    for (const leave of leaves) leave();
    expect([sessions.liveAt("1.2.3.4"), sessions.liveAt("5.6.7.8")]).toEqual([0, 0]);
  });

  test("is the one that the session came from last", () => {
    const { sessions, attach } = standalone();
    const leaveOld = attach("a", "1.2.3.4");
    const leaveNew = attach("a", "5.6.7.8");
    expect([sessions.liveAt("1.2.3.4"), sessions.liveAt("5.6.7.8")]).toEqual([0, 1]);
    leaveOld();
    leaveNew();
    expect(sessions.liveAt("5.6.7.8")).toBe(0);
  });

  test("that is exempt is not counted", () => {
    const { sessions, attach } = standalone();
    attach("a", null)();
    attach("a", "1.2.3.4");
    expect(sessions.liveAt("1.2.3.4")).toBe(1);
  });
});
