import { expect, test } from "bun:test";
import { TwoServers } from "../support/two-servers.ts";
import { WsClient } from "../support/ws-client.ts";

test("two servers on one engine greet in their own names and deliver to each other's clients", async () => {
  await using servers = await TwoServers.start();
  const [alice, bob] = await Promise.all([
    WsClient.connect(servers.blue.socketUrl("alice")),
    WsClient.connect(servers.green.socketUrl("bob")),
  ]);
  for (const client of [alice, bob]) await client.join("room:a");
  await alice.ask("send_message", { room: "room:a", content: "hello" });
  expect((await bob.event("chat_message")).payload).toMatchObject({ seq: 1, message: { content: "hello" } });
  const greetings = await Promise.all([alice, bob].map((client) => client.event("connection_established")));
  expect(greetings.map(({ payload }) => payload.color)).toEqual(["blue", "green"]);
});
