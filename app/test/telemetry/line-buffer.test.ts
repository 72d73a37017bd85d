import { expect, test } from "bun:test";
import { type Line, LineBuffer } from "../../src/telemetry/line-buffer.ts";

function gathered() {
  const written: Line[] = [];
  return { written, buffer: new LineBuffer((lines) => written.push(lines)) };
}

test("lines of one moment go out together, in order, for machines and for people", () => {
  const { written, buffer } = gathered();
  buffer.add({ message: "{1}", readable: "one" });
  buffer.add({ message: "{2}", readable: "two" });
  expect(written).toEqual([]);
  buffer.flush();
  buffer.flush();
  expect(written).toEqual([{ message: "{1}\n{2}", readable: "one\ntwo" }]);
});

test("they go out by themselves", async () => {
  const written = new Promise<Line>((resolve) => {
    new LineBuffer(resolve).add({ message: "{1}", readable: undefined });
  });
  expect(await written).toEqual({ message: "{1}", readable: undefined });
});

test("what waits is bounded", () => {
  const { written, buffer } = gathered();
  for (let i = 0; i < 70; i++) buffer.add({ message: "x".repeat(1000), readable: undefined });
  expect(written).toHaveLength(1);
  expect(written[0]?.message.split("\n")).toHaveLength(66);
});
