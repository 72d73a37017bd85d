import { expect, test } from "bun:test";
import { ChatWorld, settle, until } from "../support/chat-world.ts";

const room = "room:a";
const ids = Array.from({ length: 20 }, (_, index) => `read-${index}`);
const history = { type: "history", payload: { room } };

async function microtasks(): Promise<void> {
  for (let task = 0; task < 1000; task += 1) await Promise.resolve();
}

test("four reads of a connection are answered in one turn, the rest in later ones, in order", async () => {
  const { socket, send } = await new ChatWorld().join(room);
  await settle();
  for (const id of ids) send(history.type, history.payload, id);
  const answered = () => socket.frames.map(({ id }) => id).filter((id) => id?.startsWith("read-"));
  await microtasks();
  expect(answered()).toEqual(ids.slice(0, 4));
  await until(() => answered().length === ids.length);
  expect(answered()).toEqual(ids);
});

test("a join of 100 rooms is all that a turn holds", async () => {
  const { socket, send } = new ChatWorld().connect();
  const rooms = Array.from({ length: 100 }, (_, index) => ({ room: `room:${index}` }));
  for (const id of ids) send("join", { rooms }, id);
  const answered = () => ids.filter((id) => socket.answerTo(id) !== undefined);
  await microtasks();
  expect(answered()).toEqual(ids.slice(0, 1));
  await until(() => answered().length === ids.length);
});

test("others are answered in between", async () => {
  const world = new ChatWorld();
  const greedy = await world.join(room);
  const modest = await world.join(room);
  await settle();
  for (const id of ids) greedy.send(history.type, history.payload, id);
  modest.send(history.type, history.payload, "mine");
  await until(() => modest.socket.answerTo("mine"));
  expect(greedy.socket.answerTo("read-19")).toBeUndefined();
});

test("the reads of a batch are counted one by one", async () => {
  const { socket, send } = await new ChatWorld().join(room);
  await settle();
  send("batch", { commands: ids.map(() => history) }, "batch");
  let turns = 0;
  while (socket.answerTo("batch") === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  expect(turns).toBeGreaterThanOrEqual(4);
  expect(socket.answerTo("batch")?.payload.results).toHaveLength(ids.length);
});
