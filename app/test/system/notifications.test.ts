import { expect, test } from "bun:test";
import type { Frame } from "../support/recording-sockets.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { WsClient } from "../support/ws-client.ts";

const own = "notifications:me";
const all = "notifications:all";
const env = { JWT_SECRET: tokenSecret };

async function connect({ url }: ServerHome, sub: string): Promise<WsClient> {
  const protocols = ["holdline.v1", `bearer.${await signToken({ sub, name: sub })}`];
  return await WsClient.connect(`${url}/ws/chat`, { protocols });
}

async function notify({ url }: ServerHome, body: object) {
  const authorization = `Bearer ${await signToken({ sub: "backend", scope: "publish" })}`;
  const headers = { authorization, "content-type": "application/json" };
  const response = await fetch(`${url}/api/notifications`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as { id: string; users: { userId: string; connections: number }[] };
}

const shown = (events: readonly Frame[]) =>
  events.map(({ type, payload }) => [type, payload.seq, payload.payload]);

test("notifications reach who is there, and on the next join who was away, once, also over a crash", async () => {
  await using home = await ServerHome.create();
  const server = await home.start({ env });
  const [ann, ben] = [await connect(home, "ann"), await connect(home, "ben")];
  const position = await ann.join(own);
  for (const client of [ann, ben]) await client.join(all);
  await ben.join(own);
  await ann.close();

  const request = { userIds: ["ann", "ben"], payload: { title: "first" }, id: "once" };
  const { id, users } = await notify(home, request);
  expect(users).toEqual([
    { userId: "ann", connections: 0 },
    { userId: "ben", connections: 1 },
  ]);
  expect((await ben.event("notification")).payload).toMatchObject({ room: own, seq: 1, id });
  await server.kill();
  await home.start({ env });
  expect((await notify(home, request)).id).toBe(id);
  await notify(home, { userIds: ["ann"], payload: "second" });
  await notify(home, { broadcast: true, payload: ["to all"] });

  const back = await connect(home, "ann");
  const { recovered, events } = await back.join(own, { epoch: position.epoch, seq: position.seq });
  expect(recovered).toBe(true);
  expect(shown(events)).toEqual([
    ["notification", 1, { title: "first" }],
    ["notification", 2, "second"],
  ]);
  expect((await back.join(all)).messages).toMatchObject([{ seq: 1, payload: ["to all"] }]);
  const device = await connect(home, "ann");
  expect((await device.join(own)).messages).toMatchObject([{ seq: 1, id }, { seq: 2 }]);
  await notify(home, { broadcast: true, payload: 3 });
  expect((await back.event("notification")).payload).toMatchObject({ room: all, seq: 2, payload: 3 });
});
