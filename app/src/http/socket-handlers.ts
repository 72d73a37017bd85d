import type { Connection } from "../chat/connection.ts";
import type { Config } from "../config.ts";
import { closeCodes } from "../protocol/close-codes.ts";
import { encodeEvent } from "../protocol/codec.ts";
import type { Log } from "../telemetry/log.ts";

type SocketHandlers = Bun.WebSocketHandler<Connection>;
type ServerSocket = Bun.ServerWebSocket<Connection>;

/** The socket half: Bun's own handlers, each of which hands on to the connection that the handshake made. */
export function createSocketHandlers(config: Config, log: Log): SocketHandlers {
  const guard = <Rest extends unknown[]>(stage: string, handle: (ws: ServerSocket, ...rest: Rest) => void) =>
    guarded(stage, log, handle);
  return {
    ...transport(config),
    open: guard("socket.open", (ws) => ws.data.opened(ws)),
    message: guard("socket.message", (ws, data: string | Buffer) => ws.data.received(data)),
    drain: guard("socket.drain", (ws) => ws.data.drained()),
    ping: guard("socket.ping", (ws) => ws.data.pinged()),
    pong: guard("socket.pong", (ws) => ws.data.ponged()),
    close: guard("socket.close", (ws, code: number, reason: string) => ws.data.closed(code, reason)),
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

/** A fault ends one socket, never the process; its client reconnects and resumes. */
function guarded<Rest extends unknown[]>(
  stage: string,
  log: Log,
  handle: (ws: ServerSocket, ...rest: Rest) => void,
) {
  return (ws: ServerSocket, ...rest: Rest): void => {
    try {
      handle(ws, ...rest);
    } catch (error) {
      log.error("task.failed", { stage, error });
      ws.send(encodeEvent("goodbye", { reason: "restart", closesInMs: 0, reconnect: true }));
      ws.close(closeCodes.restart, "restart");
    }
  };
}
