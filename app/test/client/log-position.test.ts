import { expect, test } from "bun:test";
import { LogPosition } from "../../client/log-position.ts";

const at = (epoch: string, seq: number) => {
  const log = new LogPosition();
  log.reset({ epoch, seq });
  return log;
};

const places: [what: string, seq: number, place: string, seqAfter: number][] = [
  ["the next one", 8, "next", 8],
  ["the present one", 7, "duplicate", 7],
  ["an old one", 1, "duplicate", 7],
  ["the next but one", 9, "hole", 7],
];
test.each(places)("after 7 comes %s", (_what, seq, place, seqAfter) => {
  const log = at("a", 7);
  expect(log.take({ epoch: "a", seq })).toBe(place as "next");
  expect(log.position).toEqual({ epoch: "a", seq: seqAfter });
});

test("before anything is known, nothing counts", () => {
  const log = new LogPosition();
  expect([log.take({ epoch: "a", seq: 1 }), log.position]).toEqual(["duplicate", null]);
});

test("an epoch that goes on where the old one ended is followed, and what the old one says is late", () => {
  const log = at("a", 7);
  expect(log.take({ epoch: "b", seq: 8 })).toBe("next");
  expect(log.take({ epoch: "a", seq: 9 })).toBe("duplicate");
  expect(log.take({ epoch: "b", seq: 9 })).toBe("next");
});

test("an epoch that begins elsewhere is a hole, also where its seq is lower", () => {
  expect([8, 7, 3].map((seq) => at("a", 6 + (seq === 8 ? 0 : 3)).take({ epoch: "b", seq }))).toEqual([
    "hole",
    "hole",
    "hole",
  ]);
});

test("a room without a log has a place in any epoch", () => {
  expect(at("", 0).take({ epoch: "a", seq: 1 })).toBe("next");
});

test("reaching never goes back, a reset does", () => {
  const log = at("a", 7);
  log.reach({ epoch: "b", seq: 5 });
  expect(log.position).toEqual({ epoch: "b", seq: 7 });
  log.reset({ epoch: "b", seq: 5 });
  expect(log.position).toEqual({ epoch: "b", seq: 5 });
});

test("what is forgotten is not late any more", () => {
  const log = at("a", 7);
  log.reset({ epoch: "b", seq: 1 });
  log.forget();
  log.reset({ epoch: "c", seq: 1 });
  expect(log.take({ epoch: "a", seq: 2 })).toBe("next");
});
