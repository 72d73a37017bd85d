import { expect, test } from "bun:test";
import { createClient } from "../../client/index.ts";
import { ServerHome } from "../support/server-home.ts";

test("two clients chat, and see each other's messages and their own in one order", async () => {
  await using home = await ServerHome.create();
  const { url } = await home.start();
  const clients = [createClient({ url }), createClient({ url })] as const;
  const seen: string[][] = [[], []];
  const [alice, bob] = clients.map((client) => client.room("room:talk"));
  if (alice === undefined || bob === undefined) throw new Error("two rooms");
  for (const [index, room] of [alice, bob].entries())
    room.on("message", ({ seq, content, isOwn }) => seen[index]?.push(`${seq} ${content} ${isOwn}`));
  await Promise.all([alice.join(), bob.join()]);
  await alice.send("hello");
  await bob.send("yes?");
  await alice.send("never mind");
  const last = new Promise((resolve) => bob.on("message", ({ seq }) => seq === 3 && resolve(seq)));
  if (seen[1]?.length !== 3) await last;
  expect(seen).toEqual([
    ["1 hello true", "2 yes? false", "3 never mind true"],
    ["1 hello false", "2 yes? true", "3 never mind false"],
  ]);
  for (const client of clients) client.close();
});
