import { expect, test } from "bun:test";
import { publishBurst } from "../support/publish-burst.ts";
import { opcodes, type RawFrame, RawWebSocket } from "../support/raw-websocket.ts";
import { type Frame, takeApart } from "../support/recording-sockets.ts";
import { ServerHome } from "../support/server-home.ts";
import { WsClient } from "../support/ws-client.ts";

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

/** A member that stops reading after it has joined; keeps the seqs that it read before it was cut. */
class DeafMember {
  readonly seqs: number[] = [];
  epoch = "";
  isJoined = false;
  readonly #home: ServerHome;
  #socket: RawWebSocket | null = null;

  constructor(home: ServerHome) {
    this.#home = home;
  }

  async join(id: string): Promise<void> {
    const onFrame = (frame: RawFrame) => this.#read(frame);
    this.#socket = await RawWebSocket.connect(`${this.#home.url}/ws/chat/${id}`, { onFrame });
    this.#socket.send({ type: "join", payload: { rooms: [{ room }] } });
    await this.#socket.until("the join's answer", () => this.isJoined);
    this.#socket.pause();
  }

  /** Reads what there still is until the end. */
  async readOn(): Promise<void> {
    this.#socket?.resume();
    await this.#socket?.until("the end of the socket", () => this.#socket?.isClosed === true);
  }

  #read({ opcode, payload }: RawFrame): void {
    if (opcode !== opcodes.text) return;
    for (const frame of takeApart(JSON.parse(payload.toString()))) {
      if (frame.type === "message_response") this.isJoined = true;
      if (frame.type !== "chat_message") continue;
      this.seqs.push(Number(frame.payload.seq));
      this.epoch = String(frame.payload.epoch);
    }
  }
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
  const deaf = Array.from({ length: 10 }, () => new DeafMember(home));
  await Promise.all(deaf.map((member, index) => member.join(`deaf-${index}`)));
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

  for (const member of deaf) {
    await member.readOn();
    const { seqs, epoch } = member;
    expect(seqs.length).toBeLessThan(messages);
    expect([...seqs, ...(await replayAfter(home, epoch, seqs.length))]).toEqual(upTo(messages));
  }
}, 60_000);

const bursts: [what: string, rooms: string[], sendersPerRoom: number][] = [
  ["one room", [room], 4],
  ["50 rooms", Array.from({ length: 50 }, (_, index) => `room:burst-${index}`), 1],
];
test.each(bursts)(
  "20 MB in one go into %s reach a healthy reader",
  async (_what, rooms, sendersPerRoom) => {
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
  },
  60_000,
);

test("32 big answers to one who reads slowly but steadily all arrive", async () => {
  await using home = await ServerHome.create();
  await home.start();
  await publishBurst(home.url, { rooms: [room], messagesPerRoom: 100, content, sendersPerRoom: 1 });
  const answers: number[] = [];
  const reader = await RawWebSocket.connect(`${home.url}/ws/chat/slow`, {
    onFrame({ opcode, payload }) {
      if (opcode !== opcodes.text || !payload.includes("message_response")) return;
      answers.push(payload.length);
      reader.pause();
      setTimeout(() => reader.resume(), 20);
    },
  });
  const history = { type: "history", payload: { room, limit: 100 } };
  for (const number of upTo(32)) reader.send({ ...history, id: `${number}` });
  await reader.until("every answer", () => answers.length === 32, 20_000);
  expect(Math.min(...answers)).toBeGreaterThan(480 * 1024);
  expect(Math.max(...answers)).toBeLessThanOrEqual(512 * 1024);
  expect(await home.metric(slowConsumers)).toBe(0);
}, 60_000);
