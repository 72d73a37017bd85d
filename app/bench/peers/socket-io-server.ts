import { createServer } from "node:http";
import { Server, type Socket } from "socket.io";
import { chatMessage, echoAnswer, joinedAnswer, type Said } from "./chat-payloads.ts";
import { collectOnSignal } from "./collect-on-signal.ts";

/** Beside ours: Socket.IO with its own rooms and acks, set as its pages on performance and memory advise. */
const PING_INTERVAL_MS = 3_600_000;

type Ack = (answer: object) => void;

const http = createServer((_request, response) => response.end("ok"));
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  pingInterval: PING_INTERVAL_MS,
});

io.engine.on("connection", (connection: { request: unknown }) => {
  connection.request = null;
});
io.on("connection", (socket) => {
  socket.on("join", (payload: { rooms: { room: string }[] }, ack: Ack) => join(socket, payload.rooms, ack));
  socket.on("message", ({ content }: Said, ack: Ack) => ack(echoAnswer(content)));
  socket.on("send_message", (said: Said, ack: Ack) => publish(socket, said, ack));
});

function join(socket: Socket, rooms: { room: string }[], ack: Ack): void {
  void socket.join(rooms.map(({ room }) => room));
  ack(joinedAnswer(rooms));
}

/** Its messages carry an id of the client's that is as long as ours; its own clients have none. */
function publish(socket: Socket, said: Said, ack: Ack): void {
  const { sent, answered } = chatMessage(said, socket.id.padEnd(36));
  socket.to(said.room).emit("chat_message", sent);
  ack(answered);
}

collectOnSignal();
http.listen(Number(process.env.PORT), "127.0.0.1");
