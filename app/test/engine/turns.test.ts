import { expect, test } from "bun:test";
import { Turns } from "../../src/engine/turns.ts";

test("what is about the same key happens one after the other, also after a failure, and the rest at once", async () => {
  const turns = new Turns();
  const happened: string[] = [];
  const first = Promise.withResolvers<void>();
  const run =
    (what: string, until = Promise.resolve()) =>
    async () => {
      happened.push(what);
      await until;
      return what;
    };
  const failed = turns.next("a", run("a1", first.promise));
  const second = turns.next("a", run("a2"));
  const other = turns.next("b", run("b1"));
  expect(happened).toEqual(["a1", "b1"]);
  first.reject(new Error("no"));
  await expect(failed).rejects.toThrow("no");
  expect(await Promise.all([second, other])).toEqual(["a2", "b1"]);
  expect(happened).toEqual(["a1", "b1", "a2"]);
  const again = turns.next("a", run("a3"));
  expect(happened.at(-1)).toBe("a3");
  await turns.idle();
  expect(await again).toBe("a3");
});
