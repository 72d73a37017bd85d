import { describe, expect, test } from "bun:test";
import type { PublishResult } from "../../src/chat/engine.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { GroupCommit } from "../../src/engine/group-commit.ts";
import type { Appended } from "../../src/engine/sqlite-log.ts";
import type { ControlWrite, Write } from "../../src/engine/write.ts";
import { aPublish } from "./a-publish.ts";
import { until } from "./until.ts";

/** A disk whose commits end when the test says so. */
class PausedDisk {
  readonly commits: (readonly Write[])[] = [];
  readonly stored: (readonly Write[])[] = [];
  readonly faults: (Error | null)[] = [];
  #pending: PromiseWithResolvers<Appended> | null = null;

  group(deadlineMs = 10_000): GroupCommit {
    return new GroupCommit({
      append: (writes) => this.#append(writes),
      onStored: (writes) => this.stored.push(writes),
      onResult: (fault) => this.faults.push(fault),
      onSeconds: () => {},
      deadlineMs,
    });
  }

  /** Ends the commit that is under way. */
  succeed(): void {
    const outcomes = this.commits.at(-1)?.map((_, index) => index + 1) ?? [];
    this.#pending?.resolve({ outcomes, epochs: new Map([["room:a", "e"]]) });
  }

  fail(): void {
    this.#pending?.reject(new Error("no"));
  }

  #append(writes: readonly Write[]): Promise<Appended> {
    this.commits.push(writes);
    this.#pending = Promise.withResolvers<Appended>();
    return this.#pending.promise;
  }
}

const unavailable = { ok: false, code: "unavailable" } as const;
const change: ControlWrite = {
  room: controlRoom,
  change: { kind: "user_disconnected", userId: "u1" },
  author: { userId: "admin", at: 1, instance: "i1" },
  messageId: "m1",
};
const sizes = (batches: readonly (readonly Write[])[]) => batches.map((batch) => batch.length);

/** Publishes while nothing is being committed, and waits until it is. */
async function beginCommit(
  disk: PausedDisk,
  group: GroupCommit,
  count = 1,
): Promise<{ first: Promise<PublishResult> }> {
  const before = disk.commits.length;
  const first = group.publish(aPublish());
  for (let more = 1; more < count; more++) void group.publish(aPublish());
  await until(() => disk.commits.length > before, "a commit");
  return { first };
}

test("publishes of one moment are one commit, those that come meanwhile the next", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  await beginCommit(disk, group, 3);
  for (let count = 0; count < 4; count++) void group.publish(aPublish());
  expect(sizes(disk.commits)).toEqual([3]);
  disk.succeed();
  await until(() => disk.commits.length === 2, "the next commit");
  expect(sizes(disk.commits)).toEqual([3, 4]);
  expect(sizes(disk.stored)).toEqual([3]);
});

test("publishes of one loop turn are one commit, also where tasks end between them", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  for (let count = 0; count < 3; count++) {
    void group.publish(aPublish());
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }
  await until(() => disk.commits.length > 0, "a commit");
  expect(sizes(disk.commits)).toEqual([3]);
});

test("a commit that failed answers unavailable and announces nothing; the next one is tried", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  const { first } = await beginCommit(disk, group);
  disk.fail();
  expect(await first).toEqual(unavailable);
  const { first: second } = await beginCommit(disk, group);
  disk.succeed();
  expect(await second).toMatchObject({ ok: true, epoch: "e", seq: 1, duplicate: false });
  expect(disk.faults).toEqual([expect.any(Error), null]);
  await until(() => disk.stored.length > 0, "an announcement");
  expect(sizes(disk.stored)).toEqual([1]);
});

test("a commit past its deadline holds nobody, and counts once when it ends", async () => {
  const disk = new PausedDisk();
  const group = disk.group(20);
  const { first: late } = await beginCommit(disk, group);
  const waiting = group.publish(aPublish());
  const after = waiting.then(() => group.publish(aPublish()));
  expect(await Promise.all([late, waiting, after])).toEqual([unavailable, unavailable, unavailable]);
  await group.idle();
  disk.succeed();
  await until(() => disk.stored.length === 1, "the late commit");
  expect(disk.faults).toEqual([expect.any(Error), null]);
  const { first: next } = await beginCommit(disk, group);
  disk.succeed();
  expect(await next).toMatchObject({ ok: true });
});

test("a commit holds at most 4,096 publishes and 8 Mi units of text", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  await beginCommit(disk, group, 5000);
  const content = "x".repeat(1024 * 1024);
  for (let count = 0; count < 12; count++) void group.publish(aPublish({ content }));
  for (const commits of [2, 3]) {
    disk.succeed();
    await until(() => disk.commits.length === commits, "the next commit");
  }
  expect(sizes(disk.commits)).toEqual([4096, 5000 - 4096 + 8, 4]);
});

test("a large commit is announced over several turns, each room's writes together and in order", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  const rooms = ["room:a", "room:b", "room:c"];
  const writes = Array.from({ length: 501 }, (_, index) => aPublish({ room: rooms[index % 3] as string }));
  const answers = writes.map((write) => group.publish(write));
  await until(() => disk.commits.length === 1, "a commit");
  const after = group.publish(aPublish());
  disk.succeed();
  const announcedByTurn = new Set<number>();
  while (disk.stored.flat().length < 501) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    announcedByTurn.add(disk.stored.flat().length);
  }
  expect([...announcedByTurn]).toEqual([200, 400, 501]);
  expect(disk.stored.flat()).toEqual(rooms.flatMap((room) => writes.filter((write) => write.room === room)));
  const seqs = (await Promise.all(answers)).map((answer) => answer.ok && answer.seq);
  expect(seqs).toEqual(writes.map((_, index) => index + 1));
  disk.succeed();
  expect(await after).toMatchObject({ ok: true, seq: 1 });
});

test("the next commit is announced after all of a large one", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  await beginCommit(disk, group, 501);
  const { promise: next, resolve: begun } = Promise.withResolvers<void>();
  void group.publish(aPublish({ room: "room:z" }));
  disk.succeed();
  setImmediate(() => {
    disk.succeed();
    begun();
  });
  await next;
  await group.idle();
  expect(
    disk.stored
      .flat()
      .map(({ room }) => room)
      .indexOf("room:z"),
  ).toBe(501);
});

test("is idle when all of a large commit is announced", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  await beginCommit(disk, group, 501);
  const idle = group.idle();
  disk.succeed();
  await idle;
  expect(sizes(disk.stored)).toEqual([200, 200, 101]);
  await beginCommit(disk, group, 501);
  disk.succeed();
  await until(() => disk.stored.length > 3, "a part of it");
  await group.idle();
  expect(disk.stored.flat().length).toBe(1002);
});

describe("a control change", () => {
  test("takes its place among the publishes of its moment", async () => {
    const disk = new PausedDisk();
    const group = disk.group();
    const answers = [group.publish(aPublish()), group.control(change), group.publish(aPublish())];
    await until(() => disk.commits.length === 1, "a commit");
    disk.succeed();
    expect((await Promise.all(answers)).map((answer) => answer.ok && answer.seq)).toEqual([1, 2, 3]);
    expect(disk.commits[0]?.[1]).toBe(change);
  });

  test("is unavailable where its commit fails, and past a deadline at once", async () => {
    const disk = new PausedDisk();
    const group = disk.group(20);
    const failing = group.control(change);
    await until(() => disk.commits.length === 1, "a commit");
    disk.fail();
    expect(await failing).toEqual(unavailable);
    await beginCommit(disk, group);
    const waiting = group.control(change);
    const after = waiting.then(() => group.control(change));
    expect(await Promise.all([waiting, after])).toEqual([unavailable, unavailable]);
    expect(disk.commits.length).toBe(2);
  });
});

test("at most 100,000 writes wait", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  await beginCommit(disk, group);
  for (let count = 0; count < 100_000; count++) void group.publish(aPublish());
  expect(await group.publish(aPublish())).toEqual(unavailable);
  expect(await group.control(change)).toEqual(unavailable);
});

test("is idle when nothing waits any more", async () => {
  const disk = new PausedDisk();
  const group = disk.group();
  await group.idle();
  const { first } = await beginCommit(disk, group);
  const second = group.publish(aPublish());
  const idle = group.idle();
  disk.succeed();
  await until(() => disk.commits.length === 2, "the second commit");
  disk.succeed();
  await idle;
  expect(await Promise.all([first, second])).toMatchObject([{ ok: true }, { ok: true }]);
});
