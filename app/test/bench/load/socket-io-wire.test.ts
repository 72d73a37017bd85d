import { describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { socketIoWire } from "../../../bench/load/socket-io-wire.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A real Socket.IO that answers an echo and sends an event; gives the texts that a client of the wire reads. */
async function talk(): Promise<string[]> {
  const http = createServer();
  const io = new Server(http, { transports: ["websocket"] });
  io.on("connection", (socket) =>
    socket.on("message", (payload, ack) => {
      socket.emit("chat_message", payload);
      ack(payload);
    }),
  );
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const texts = await readTexts((http.address() as AddressInfo).port, 4);
  await io.close();
  return texts;
}

function readTexts(port: number, count: number): Promise<string[]> {
  const [requestLine = ""] = new TextDecoder().decode(socketIoWire.upgradeRequest()).split("\r\n");
  const socket = new WebSocket(`ws://127.0.0.1:${port}${requestLine.split(" ")[1]}`);
  const says = [...socketIoWire.greetings.map(({ says }) => says), undefined];
  says[1] = socketIoWire.command("message", { content: "hello" }).replace(socketIoWire.commandId, "000042");
  const texts: string[] = [];
  return new Promise((resolve) => {
    socket.onmessage = ({ data }) => {
      const answer = says[texts.length];
      if (answer !== undefined) socket.send(answer);
      texts.push(data);
      if (texts.length === count) resolve(texts);
    };
  });
}

test("the wire is what Socket.IO speaks", async () => {
  const [opened = "", connected = "", sent = "", acked = ""] = await talk();
  const [first, second] = socketIoWire.greetings;
  expect([opened, connected]).toEqual([
    expect.stringContaining(first?.awaits ?? ""),
    expect.stringContaining(second?.awaits ?? ""),
  ]);
  expect(socketIoWire.eventOf(sent)).toEqual({ type: "chat_message", payload: { content: "hello" } });
  expect(socketIoWire.eventOf(acked)).toEqual({
    type: "message_response",
    id: "42",
    payload: { content: "hello" },
  });
  expect(socketIoWire.isAnswer(bytesOf(acked), 0, "message_response")).toBe(true);
});

describe("a frame of Socket.IO", () => {
  test.each([
    ['42["chat_message",{}]', false, false],
    ["437[{}]", true, false],
    ['44{"message":"no"}', false, true],
    ["2", false, false],
  ])("%s is an answer: %p, a refusal: %p", (text, isAnswer, isRefusal) => {
    const frame = bytesOf(`..${text}`);
    expect(socketIoWire.isAnswer(frame, 2, "message_response")).toBe(isAnswer);
    expect(socketIoWire.isRefusal(frame, 2)).toBe(isRefusal);
  });
});
