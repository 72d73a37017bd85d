import { expect, test } from "bun:test";
import { LogBook } from "../../../bench/deploy-load/log-book.ts";
import { codeOf } from "../../../bench/deploy-load/message-code.ts";

/** A log of these messages, `[place, number]` each, as one was told of it. */
function bookOf(...messages: [place: number, number: number][]): LogBook {
  const book = new LogBook();
  messages.forEach(([place, number], index) => {
    book.note(index + 1, codeOf(place, number));
  });
  return book;
}

test("says how many of each sender are there", () => {
  expect(bookOf([0, 1], [1, 1], [0, 2]).numbersBySender(3)).toEqual([2, 1, 0]);
});

const wrong: [what: string, book: LogBook][] = [
  ["one stored twice", bookOf([0, 1], [0, 1])],
  ["one that is missing", bookOf([0, 1], [0, 3])],
  ["a wrong order of one sender's", bookOf([0, 2], [0, 1])],
  ["a sender that is nobody", bookOf([3, 1])],
];
test.each(wrong)("finds %s", (_what, book) => {
  expect(book.numbersBySender(3)).toBeNull();
});

test("finds an entry that nobody was told", () => {
  const book = bookOf([0, 1]);
  book.note(3, codeOf(0, 2));
  expect(book.numbersBySender(1)).toBeNull();
});

test("counts what two were told differently", () => {
  const book = bookOf([0, 1], [0, 2]);
  book.note(2, codeOf(0, 2));
  book.note(2, codeOf(0, 3));
  expect(book.contradictions).toBe(1);
});

test("has the digest of another that was told the same, and of no other", () => {
  const digests = [bookOf([0, 1], [0, 2]), bookOf([0, 1], [0, 2]), bookOf([0, 1], [1, 2])].map(
    ({ digest }) => digest,
  );
  expect(digests[1]).toBe(digests[0] as string);
  expect(digests[2]).not.toBe(digests[0] as string);
});

test("grows with its log, and tells the last sender's last message apart", () => {
  const book = new LogBook();
  for (let seq = 1; seq <= 2_000; seq += 1) book.note(seq, codeOf(999, seq));
  expect(book.numbersBySender(1_000)?.[999]).toBe(2_000);
});
