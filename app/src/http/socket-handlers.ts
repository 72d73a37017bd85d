import type { Connection } from "../chat/connection.ts";
import type { Config } from "../config.ts";
import { closeCodes } from "../protocol/close-codes.ts";
import { encodeEvent } from "../protocol/codec.ts";
import type { Log } from "../telemetry/log.ts";

type SocketHandlers = Bun.WebSocketHandler<Connection>;
type ServerSocket = Bun.ServerWebSocket<Connection>;

/**
 * The socket half: Bun's own handlers, each of which hands on to the connection that the handshake made. A fault ends
 * one socket, never the process; its client reconnects and resumes.
 */
export function createSocketHandlers(config: Config, log: Log): SocketHandlers {
  const guarded = (stage: string, ws: ServerSocket, handle: (connection: Connection) => void): void => {
    try {
      handle(ws.data);
    } catch (error) {
      log.error("task.failed", { stage, error });
      ws.send(encodeEvent("goodbye", { reason: "restart", closesInMs: 0, reconnect: true }));
      ws.close(closeCodes.restart, "restart");
    }
  };
  return {
    ...transport(config),
    open: (ws) => guarded("socket.open", ws, (connection) => connection.opened(ws)),
    message: (ws, data) => guarded("socket.message", ws, (connection) => connection.received(data)),
    drain: (ws) => guarded("socket.drain", ws, (connection) => connection.drained()),
    ping: (ws) => guarded("socket.ping", ws, (connection) => connection.pinged()),
    pong: (ws) => guarded("socket.pong", ws, (connection) => connection.ponged()),
    close: (ws, code, reason) => guarded("socket.close", ws, (connection) => connection.closed(code, reason)),
  };
}

function transport(config: Config) {
  return {
    maxPayloadLength: config.payloadBytesMax,
    backpressureLimit: config.sendBufferBytes,
    closeOnBackpressureLimit: true,
    // Heartbeats and timeouts are ours: Bun's would close listeners that have nothing to say.
    idleTimeout: 0,
    sendPings: false,
    // Shared costs an idle connection nothing; a dictionary of its own costs 180 KB.
    perMessageDeflate:
      config.compressionThresholdBytes > 0 ? ({ compress: "shared", decompress: "shared" } as const) : false,
  };
}
