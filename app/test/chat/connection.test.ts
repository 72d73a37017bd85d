import { describe, expect, test } from "bun:test";
import { ChatWorld } from "../support/chat-world.ts";

const room = "room:a";

describe("how a connection ended is counted", () => {
  const endings: [what: string, code: number, reason: string, isUnread: boolean, counted: number][] = [
    ["a client that leaves", 1000, "", false, 1000],
    ["a page that is closed", 1001, "", false, 1001],
    ["a close frame without a code", 1005, "", false, 1005],
    ["a frame that is too big", 1006, "Received too big message", false, 1009],
    ["text that is no UTF-8", 1006, "Received invalid UTF-8", false, 1007],
    ["broken framing", 1006, "Received unexpected RSV1 bit", false, 1002],
    ["a reader that was cut", 1006, "", true, 4002],
    ["a peer that vanished", 1006, "", false, 1006],
  ];
  test.each(endings)("%s", (_, code, reason, isUnread, counted) => {
    const world = new ChatWorld();
    const { socket, send } = world.connect();
    socket.buffered = isUnread ? 1 : 0;
    send("ping", {});
    socket.close(code, reason);
    expect(world.closeCodes).toEqual([counted]);
    expect(world.hub.connectionCount).toBe(0);
  });

  test("a reader that caught up before it vanished was not cut", () => {
    const world = new ChatWorld();
    const { connection, socket, send, vanish } = world.connect();
    socket.buffered = 1;
    send("ping", {});
    socket.buffered = 0;
    connection.drained();
    vanish();
    expect(world.closeCodes).toEqual([1006]);
  });

  test("a reader that could not follow its room was, and only that one", async () => {
    const world = new ChatWorld();
    const [slow, healthy] = [await world.join(room), await world.join(room)];
    slow.socket.buffered = 1_000_000;
    world.engine.announce(room, world.engine.fill(room, 1));
    slow.vanish();
    healthy.vanish();
    expect(world.closeCodes).toEqual([4002, 1006]);
  });
});

describe("a close of ours", () => {
  test("follows its goodbye, and happens once", () => {
    const world = new ChatWorld();
    const { connection, socket } = world.connect();
    connection.close("flooding");
    connection.close("overloaded");
    expect(socket.frames.slice(1)).toEqual([
      { type: "goodbye", payload: { reason: "flooding", closesInMs: 0, reconnect: true } },
    ]);
    expect([socket.closedWith, world.closeCodes]).toEqual([{ code: 4004, reason: "flooding" }, [4004]]);
  });

  test("ends its rooms, and answers that come afterwards go nowhere", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    world.engine.pauseAnswers();
    client.send("history", { room }, "h");
    client.send("ping", {}, "p");
    const count = client.socket.texts.length;
    client.connection.finish("restart");
    world.engine.resumeAnswers();
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.socket.texts.length).toBe(count);
    expect([world.hub.feeds.count, client.connection.isOpen]).toEqual([0, false]);
  });
});

describe("compression", () => {
  const texts: [threshold: number, chars: number, isCompressed: boolean][] = [
    [0, 10_000, false],
    [500, 100, false],
    [500, 600, true],
  ];
  test.each(texts)("from %i bytes on, of %i: %p", async (compressionThresholdBytes, chars, isCompressed) => {
    const world = new ChatWorld({ compressionThresholdBytes });
    const client = await world.join(room);
    await client.ask("message", { content: "x".repeat(chars) });
    expect(client.socket.isLastCompressed).toBe(isCompressed);
    world.engine.announce(room, world.engine.fill(room, 1, "x".repeat(chars)));
    expect(client.socket.isLastCompressed).toBe(isCompressed);
  });
});
