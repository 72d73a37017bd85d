import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { Connection } from "../../client/connection.ts";
import { HoldlineError } from "../../client/errors.ts";
import { type Lane, Outbox } from "../../client/outbox.ts";
import { PlayedSocket } from "../support/played-server.ts";

const stored = (seq: number) => ({ epoch: "e", seq, messageId: `m${seq}`, duplicate: false });
const options = { pipeline: 1, outboxMax: 50, answerTimeoutMs: 3_600_000 };

let socket: PlayedSocket;
let current: Connection | null;
beforeEach(() => {
  jest.useFakeTimers();
  connect();
});
afterEach(() => {
  current?.close();
  jest.useRealTimers();
});

function connect(): void {
  socket = new PlayedSocket("", []);
  const owner = { greeted() {}, heard() {}, ended() {}, tapped() {} };
  current = new Connection(socket, owner, options.answerTimeoutMs);
}

/** The connection is gone, and the next one there. */
function reconnect(outbox: Outbox): void {
  current?.drop("test");
  connect();
  outbox.pump();
}

const outboxWith = (other: Partial<typeof options> = {}) =>
  new Outbox({ ...options, ...other }, () => current);

const live: Lane = { isLive: () => true, rejoin: () => true, stored() {} };

const write = (outbox: Outbox, content: string, lane = live) =>
  outbox.write(lane, { type: "send_message", payload: { content } });

const sent = () => socket.take("send_message");
const contents = () => sent().map(({ payload }) => payload.content);

/** Writes go out at the end of the turn. */
const turn = () => Promise.resolve();

test("one write of a room at a time, the next when it is stored", async () => {
  const outbox = outboxWith();
  const writes = ["a", "b"].map((content) => write(outbox, content));
  await turn();
  const first = socket.takeOne("send_message");
  expect([first.payload.content, outbox.size]).toEqual(["a", 2]);
  socket.answer(first, stored(1));
  expect(await writes[0]).toEqual(stored(1));
  expect(contents()).toEqual(["b"]);
});

test("rooms do not wait for each other, and `pipeline` is how many may be under way in one", async () => {
  const outbox = outboxWith({ pipeline: 2 });
  const other = { ...live };
  for (const content of ["a", "b", "c"]) void write(outbox, content);
  void write(outbox, "x", other);
  await turn();
  expect(contents()).toEqual(["a", "b", "x"]);
});

test("never more under way than half of what a server lets wait", async () => {
  const outbox = outboxWith({ pipeline: 40 });
  for (let index = 0; index < 40; index++) void write(outbox, `${index}`);
  await turn();
  expect(sent()).toHaveLength(16);
});

test("nothing is sent into a room that is not live, until it is", async () => {
  const outbox = outboxWith();
  let isLive = false;
  void write(outbox, "a", { ...live, isLive: () => isLive });
  await turn();
  expect(contents()).toEqual([]);
  isLive = true;
  outbox.pump();
  expect(contents()).toEqual(["a"]);
});

test("what a connection did not answer is sent again by the next one, in order and with the same ids", async () => {
  const outbox = outboxWith({ pipeline: 2 });
  for (const content of ["a", "b"]) void write(outbox, content);
  await turn();
  const before = sent();
  reconnect(outbox);
  expect(sent()).toEqual(before);
});

test("an answer of the former connection counts, and that of the next one is then no second", async () => {
  const outbox = outboxWith();
  const heard: number[] = [];
  const former = socket;
  const written = outbox.write(
    { ...live, stored: (_write, { seq }) => heard.push(seq) },
    { type: "send_message", payload: {} },
  );
  await turn();
  const frame = socket.takeOne("send_message");
  connect();
  outbox.pump();
  const again = socket.takeOne("send_message");
  former.answer(frame, stored(7));
  socket.answer(again, { ...stored(7), duplicate: true });
  expect([await written, heard, outbox.size]).toEqual([stored(7), [7], 0]);
});

describe("refused", () => {
  test("for good it is rejected, and the next goes", async () => {
    const outbox = outboxWith();
    const refusal = write(outbox, "a").catch(({ code }) => code);
    void write(outbox, "b");
    await turn();
    socket.refuse(socket.takeOne("send_message"), "too_large", false);
    expect([await refusal, contents()]).toEqual(["too_large", ["b"]]);
  });

  test("for now it is sent again after as long as the server says, before the next", async () => {
    const outbox = outboxWith();
    for (const content of ["a", "b"]) void write(outbox, content);
    await turn();
    socket.refuse(socket.takeOne("send_message"), "rate_limited", true, 700);
    jest.advanceTimersByTime(699);
    expect(contents()).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(contents()).toEqual(["a"]);
  });

  test("for being too fast, all go one at a time until one is taken", async () => {
    const outbox = outboxWith();
    const others = [{ ...live }, { ...live }];
    void write(outbox, "a");
    for (const other of others) void write(outbox, "x", other);
    await turn();
    for (const frame of sent()) socket.refuse(frame, "rate_limited", true, 10);
    jest.advanceTimersByTime(10);
    socket.answer(socket.takeOne("send_message"), stored(1));
    expect(contents()).toEqual(["x", "x"]);
  });

  test("for not having joined, the room is joined again, and then it is sent again", async () => {
    const outbox = outboxWith();
    let isLive = true;
    const rejoin = () => {
      isLive = false;
      return true;
    };
    void write(outbox, "a", { ...live, isLive: () => isLive, rejoin });
    await turn();
    socket.refuse(socket.takeOne("send_message"), "not_joined", false);
    expect([isLive, contents()]).toEqual([false, []]);
    isLive = true;
    outbox.pump();
    expect(contents()).toEqual(["a"]);
  });
});

describe("bounds", () => {
  test("one command too many is refused, and none is lost for it", async () => {
    const outbox = outboxWith({ outboxMax: 2 });
    for (const content of ["a", "b"]) void write(outbox, content);
    await expect(write(outbox, "c")).rejects.toMatchObject({ code: "outbox_full", retryable: true });
    expect(outbox.size).toBe(2);
  });

  test("a read that nobody answers ends in time; a write waits on", async () => {
    const outbox = outboxWith({ answerTimeoutMs: 500 });
    const read = outbox.read("history", {}).catch(({ code }) => code);
    void write(outbox, "a");
    jest.advanceTimersByTime(500);
    expect([await read, outbox.size]).toEqual(["timeout", 1]);
  });

  test("a write whose outcome is unknown for longer than the server knows ids is not repeated", async () => {
    const outbox = outboxWith();
    const outcome = write(outbox, "a").catch(({ code }) => code);
    await turn();
    expect(contents()).toEqual(["a"]);
    jest.advanceTimersByTime(15 * 60_000);
    reconnect(outbox);
    expect([await outcome, contents()]).toEqual(["outcome_unknown", []]);
  });

  test("a write that was never sent is not too old, however long it waited", async () => {
    const outbox = outboxWith();
    let isLive = false;
    void write(outbox, "a", { ...live, isLive: () => isLive });
    jest.advanceTimersByTime(60 * 60_000);
    isLive = true;
    reconnect(outbox);
    expect(contents()).toEqual(["a"]);
  });
});

test("what is abandoned is rejected: one room's, or everything", async () => {
  const outbox = outboxWith();
  const other = { ...live };
  const codes = [write(outbox, "a"), write(outbox, "b", other)].map((each) => each.catch(({ code }) => code));
  outbox.abandon(new HoldlineError("not_joined", ""), other);
  expect([await codes[1], outbox.size]).toEqual(["not_joined", 1]);
  outbox.abandon(new HoldlineError("closed", ""));
  expect([await codes[0], outbox.size]).toEqual(["closed", 0]);
});
