import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { collectOnSignal } from "./collect-on-signal.ts";
import { establishedFrame, type Member, takeCommand } from "./take-command.ts";

/** Beside ours: `ws` as its documentation says, with what it recommends for speed. */
const rooms = new Map<string, Set<WebSocket>>();
const established = establishedFrame();
const http = createServer((_request, response) => response.end("ok"));
const sockets = new WebSocketServer({
  server: http,
  perMessageDeflate: false,
  clientTracking: false,
  handleProtocols: () => "holdline.v1",
});

sockets.on("connection", (socket) => {
  const member = memberOf(socket);
  socket.on("message", (data) => takeCommand(member, String(data)));
  socket.on("error", () => socket.terminate());
  socket.send(established);
});

function memberOf(socket: WebSocket): Member {
  return {
    send: (text) => socket.send(text),
    subscribe: (room) => enter(room, socket),
    publish: (room, text) => publish(room, text, socket),
  };
}

function enter(room: string, socket: WebSocket): void {
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(socket));
  socket.on("close", () => members.delete(socket));
}

/** The text is encoded once for all, which `ws` leaves to its users. */
function publish(room: string, text: string, sender: WebSocket): void {
  const encoded = Buffer.from(text);
  for (const member of rooms.get(room) ?? []) {
    if (member !== sender && member.readyState === WebSocket.OPEN) member.send(encoded, { binary: false });
  }
}

collectOnSignal();
http.listen(Number(process.env.PORT), "127.0.0.1");
