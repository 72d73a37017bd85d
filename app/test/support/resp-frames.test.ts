import { expect, test } from "bun:test";
import { RespFrames } from "./resp-frames.ts";

const frames = [
  "+OK\r\n",
  ":12\r\n",
  "$-1\r\n",
  "$5\r\na\r\nbc\r\n",
  "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
  ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n",
  "%1\r\n+a\r\n:1\r\n",
  "*0\r\n",
  "_\r\n",
];

test.each([1, 3, 7, 1000])(
  "takes what Redis says apart, whatever it comes in pieces of: %p bytes",
  (size) => {
    const all = Buffer.from(frames.join(""));
    const taker = new RespFrames();
    const taken: string[] = [];
    for (let from = 0; from < all.length; from += size)
      taken.push(...taker.take(all.subarray(from, from + size)).map(String));
    expect(taken).toEqual(frames);
  },
);
