import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { AccessWorld, type Actor, type Deed, everyone } from "../support/access-world.ts";

// A process starts here, on machines that may be busy.
setDefaultTimeout(60_000);

interface Row {
  readonly deed: Deed;
  readonly rooms: readonly string[];
  readonly allowed: readonly Actor[];
  /** Those for whom the socket answers as the rest of the row, since it wants a joined room. */
  readonly allowedOverRestOnly?: readonly Actor[];
  /** What everybody else is answered. */
  readonly refusal: string;
}

const open = ["room:open"];
const club = ["group:club"];
const notifications = ["notifications:me", "notifications:all"];
const clubMembers: readonly Actor[] = ["claimed", "wildcard", "added", "returned", "admin"];
const nobody: readonly Actor[] = [];
const refusal = "forbidden";
const backends = { allowedOverRestOnly: ["publisher"] } as const;

const table: readonly Row[] = [
  { deed: "read", rooms: [...open, ...notifications], allowed: everyone, refusal },
  { deed: "read", rooms: club, allowed: clubMembers, refusal },
  { deed: "presence", rooms: open, allowed: everyone, refusal },
  { deed: "presence", rooms: club, allowed: clubMembers, refusal },
  { deed: "presence", rooms: notifications, allowed: nobody, refusal },
  { deed: "send", rooms: open, allowed: everyone, refusal },
  { deed: "send", rooms: club, allowed: clubMembers, ...backends, refusal },
  { deed: "send", rooms: notifications, allowed: nobody, refusal },
  { deed: "edit own", rooms: open, allowed: everyone, refusal },
  { deed: "edit own", rooms: club, allowed: clubMembers, ...backends, refusal },
  { deed: "edit other", rooms: [...open, ...club], allowed: ["admin"], refusal },
  { deed: "edit other", rooms: notifications, allowed: nobody, refusal },
  { deed: "edit missing", rooms: open, allowed: nobody, refusal: "not_found" },
  { deed: "delete own", rooms: open, allowed: everyone, refusal },
  { deed: "delete own", rooms: club, allowed: clubMembers, ...backends, refusal },
  { deed: "delete other", rooms: [...open, ...club], allowed: ["admin"], refusal },
  { deed: "delete other", rooms: notifications, allowed: nobody, refusal },
  { deed: "react", rooms: open, allowed: everyone, refusal },
  { deed: "react", rooms: club, allowed: clubMembers, ...backends, refusal },
  { deed: "react", rooms: notifications, allowed: nobody, refusal },
];

const group = "/rooms/group:club/members";
const message = { content: "hello" };

/** What only REST offers. */
const restTable: readonly [
  what: string,
  call: [method: string, path: string, body?: object],
  allowed: readonly Actor[],
][] = [
  ["list the members of a group", ["GET", group], clubMembers],
  ["add a member", ["PUT", `${group}/newcomer`], ["admin"]],
  ["remove a member", ["DELETE", `${group}/newcomer`], ["admin"]],
  ["disconnect a user", ["PUT", "/users/newcomer/disconnect"], ["admin"]],
  ["block for somebody else", ["PUT", "/users/newcomer/blocks/other"], ["admin"]],
  ["unblock for somebody else", ["DELETE", "/users/newcomer/blocks/other"], ["admin"]],
  ["block for oneself", ["PUT", "/blocks/other"], everyone],
  ["list one's blocks", ["GET", "/blocks"], everyone],
  ["list one's rooms", ["GET", "/rooms"], everyone],
  ["see whether a user is there", ["GET", "/users/newcomer"], ["publisher", "admin"]],
  ["notify a user", ["POST", "/notifications", { userIds: ["newcomer"], payload: {} }], ["publisher"]],
  ["notify everybody", ["POST", "/notifications", { broadcast: true, payload: {} }], ["publisher"]],
  [
    "speak for somebody else",
    ["POST", "/rooms/room:open/messages", { ...message, author: { id: "a", name: "A" } }],
    ["publisher"],
  ],
];

describe("who may do what, and where", () => {
  let world: AccessWorld;

  beforeAll(async () => {
    world = await AccessWorld.create();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const cells = table.flatMap((row) => row.rooms.map((room) => [row.deed, room, row] as const));

  test.each(cells)("%s in %s, over the socket", async (deed, room, { allowed, refusal }) => {
    for (const actor of everyone) {
      const verdict = await world.overSocket(actor, deed, room);
      expect([actor, verdict]).toEqual([actor, allowed.includes(actor) ? "ok" : refusal]);
    }
  });

  test.each(cells)("%s in %s, over REST", async (deed, room, row) => {
    const allowed = [...row.allowed, ...(row.allowedOverRestOnly ?? [])];
    for (const actor of everyone) {
      const verdict = await world.overRest(actor, deed, room);
      expect([actor, verdict]).toEqual([actor, allowed.includes(actor) ? "ok" : row.refusal]);
    }
  });

  test.each(restTable)("%s, over REST", async (_what, [method, path, body], allowed) => {
    for (const actor of everyone) {
      const verdict = await world.rest(actor, method, path, body);
      expect([actor, verdict]).toEqual([actor, allowed.includes(actor) ? "ok" : "forbidden"]);
    }
    expect(await world.rest(null, method, path, body)).toBe("unauthorized");
  });
});
