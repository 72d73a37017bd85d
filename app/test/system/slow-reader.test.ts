import { expect, setDefaultTimeout, test } from "bun:test";
import { publishBurst } from "../support/publish-burst.ts";
import { RawPeer } from "../support/raw-peer.ts";
import type { Frame } from "../support/recording-sockets.ts";
import { ServerHome } from "../support/server-home.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:busy";
const content = "x".repeat(8000);
const slowConsumers = "websocket_slow_consumers_total";
const mebibyte = 1024 * 1024;
const burstMessages = Math.ceil((20 * mebibyte) / content.length);

const upTo = (seq: number): number[] => Array.from({ length: seq }, (_, index) => index + 1);
const seqsOf = (frames: readonly Frame[]): number[] => frames.map(({ payload }) => Number(payload.seq));

async function rssOf(home: ServerHome): Promise<number> {
  const health = await (await fetch(`${home.url}/health`)).json();
  return (health as { memory: { rss: number } }).memory.rss;
}

/** A member that reads nothing after it has joined. */
async function joinDeaf(home: ServerHome): Promise<RawPeer> {
  const member = await RawPeer.open(home.url);
  member.send({ type: "join", id: "join", payload: { rooms: [{ room }] } });
  await member.answer("join");
  member.pause();
  return member;
}

/** What a member that was cut still finds in its buffers. */
async function readRest(member: RawPeer): Promise<Frame[]> {
  member.resume();
  await member.closed();
  return member.frames.filter(({ type }) => type === "chat_message");
}

/** Joins again and again until everything after the position was replayed. */
async function replayAfter(home: ServerHome, epoch: string, seq: number): Promise<number[]> {
  const client = await WsClient.connect(`${home.url}/ws/chat/resumed`);
  const seqs: number[] = [];
  for (let at = seq, more = true; more; ) {
    const answer = await client.join(room, { epoch, seq: at, replayMax: 10_000 });
    expect(answer.recovered).toBe(true);
    seqs.push(...seqsOf(answer.events));
    at = answer.seq;
    more = answer.more === true;
  }
  return seqs;
}

test("members who stop reading are cut; the others lose nothing, memory stays bounded, and they resume where they were", async () => {
  await using home = await ServerHome.create();
  await home.start();
  const deaf = await Promise.all(upTo(10).map(() => joinDeaf(home)));
  const healthy = await WsClient.connect(`${home.url}/ws/chat/healthy`);
  await healthy.join(room);

  const rssBefore = await rssOf(home);
  const messages = 2 * burstMessages;
  await publishBurst(home.url, { rooms: [room], messagesPerRoom: messages, content, sendersPerRoom: 4 });
  await healthy.until("every event", () => healthy.messages(room).length === messages || undefined);
  expect(seqsOf(healthy.messages(room))).toEqual(upTo(messages));
  expect((await rssOf(home)) - rssBefore).toBeLessThan(200 * mebibyte);
  expect(await home.metric(slowConsumers)).toBe(deaf.length);
  expect(await home.metric('websocket_disconnects_total{code="4002"}')).toBe(deaf.length);

  for (const member of deaf.slice(0, 3)) {
    const read = await readRest(member);
    expect(read.length).toBeLessThan(messages);
    const missed = await replayAfter(home, String(read.at(-1)?.payload.epoch), read.length);
    expect([...seqsOf(read), ...missed]).toEqual(upTo(messages));
  }
});

const bursts: [what: string, rooms: string[], sendersPerRoom: number][] = [
  ["one room", [room], 4],
  ["50 rooms", Array.from({ length: 50 }, (_, index) => `room:burst-${index}`), 1],
];
test.each(bursts)("20 MB in one go into %s reach a healthy reader", async (_what, rooms, sendersPerRoom) => {
  await using home = await ServerHome.create();
  await home.start();
  const reader = await WsClient.connect(`${home.url}/ws/chat/reader`);
  await reader.ask("join", { rooms: rooms.map((name) => ({ room: name })) });
  const messagesPerRoom = Math.ceil(burstMessages / rooms.length);
  await publishBurst(home.url, { rooms, messagesPerRoom, content, sendersPerRoom });
  const isThere = () => rooms.every((name) => reader.messages(name).length === messagesPerRoom);
  await reader.until("every event", () => isThere() || undefined);
  for (const name of rooms) expect(seqsOf(reader.messages(name))).toEqual(upTo(messagesPerRoom));
  expect(await home.metric(slowConsumers)).toBe(0);
});

/** Not what comes unasked: on a busy machine this takes longer than a heartbeat's interval. */
const answersTo = (reader: RawPeer) => reader.frames.filter(({ type }) => type === "message_response");

/** Reads about one answer, then rests for a moment. */
async function readSteadily(reader: RawPeer, answers: number): Promise<void> {
  while (answersTo(reader).length < answers) {
    const seen = answersTo(reader).length;
    reader.resume();
    await reader.until("another answer", () => answersTo(reader).length > seen);
    reader.pause();
    await Bun.sleep(60);
  }
}

test("32 big answers to one who reads slowly but steadily all arrive", async () => {
  await using home = await ServerHome.create();
  await home.start();
  await publishBurst(home.url, { rooms: [room], messagesPerRoom: 100, content, sendersPerRoom: 1 });
  const reader = await RawPeer.open(home.url);
  const history = { type: "history", payload: { room, limit: 100 } };
  for (const number of upTo(32)) reader.send({ ...history, id: `${number}` });
  await readSteadily(reader, 32);
  const answers = answersTo(reader).map((frame) => JSON.stringify(frame).length);
  expect(Math.min(...answers)).toBeGreaterThan(480 * 1024);
  expect(Math.max(...answers)).toBeLessThanOrEqual(512 * 1024);
  expect(await home.metric(slowConsumers)).toBe(0);
});
