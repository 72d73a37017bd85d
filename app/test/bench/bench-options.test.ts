import { expect, test } from "bun:test";
import { readBenchOptions } from "../../bench/bench-options.ts";

const known = ["memory", "echo"];

test("without a measure, what is usual is measured", () => {
  const options = { names: null, isQuick: false, jsonPath: undefined, isMarkdown: false };
  expect(readBenchOptions([], known)).toEqual(options);
});

test("measures and options may stand in any order", () => {
  const options = { names: ["echo"], isQuick: true, jsonPath: "a.json", isMarkdown: true };
  expect(readBenchOptions(["--quick", "echo", "--json", "a.json", "--markdown"], known)).toEqual(options);
});

test("help comes before everything", () => {
  expect(readBenchOptions(["ecko", "--help"], known)).toBeNull();
});

test.each([[["ecko"]], [["--jason", "a.json"]], [["--json"]]])("%j makes no sense", (args) => {
  expect(() => readBenchOptions(args, known)).toThrow();
});
