import { Elysia } from "elysia";
import { subprotocol } from "../protocol/names.ts";
import { errorBody } from "./http-errors.ts";

const message =
  "This server does not speak Socket.IO. Open a WebSocket at /ws/chat/<connectionId>, with the subprotocol " +
  `${subprotocol}, and send JSON frames; README.md says how Socket.IO's names translate. REST is described at /docs.`;

const answer = { ...errorBody("not_found", message), websocket: "/ws/chat/<connectionId>", docs: "/docs" };

/** Tells those who come with a Socket.IO client what to use instead. */
export function socketIo() {
  const refuse = ({ set }: { set: { status?: number | string; headers: Record<string, unknown> } }) => {
    set.status = 404;
    set.headers["cache-control"] = "no-store";
    return answer;
  };
  return new Elysia({ name: "socket-io" }).all("/socket.io", refuse).all("/socket.io/*", refuse);
}
