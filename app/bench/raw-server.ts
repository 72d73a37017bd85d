import { systemClock } from "../src/chat/clock.ts";
import { createAuthenticator } from "../src/http/auth/authenticator.ts";
import { readSubprotocolOffer } from "../src/http/subprotocol-offer.ts";
import { noopLog } from "../src/telemetry/log.ts";
import { LOAD_SECRET, signToken } from "./load/token.ts";
import { establishedFrame, takeCommand } from "./peers/take-command.ts";

/** The other half of every ratio: what `Bun.serve` itself can do. */
function startRawServer(port: number, admits: (request: Request) => boolean): void {
  const established = establishedFrame();
  Bun.serve<object>({
    hostname: "127.0.0.1",
    port,
    fetch: (request, server) => {
      if (!admits(request)) return new Response(null, { status: 401 });
      const headers = { "Sec-WebSocket-Protocol": "holdline.v1" };
      return server.upgrade(request, { data: {}, headers }) ? undefined : new Response("ok");
    },
    websocket: {
      open: (ws) => {
        ws.send(established);
      },
      message: (ws, message) => takeCommand(ws, String(message)),
    },
  });
}

/** Everybody is let in, or with CHECKS_TOKENS who brings a token as ours asks for. */
async function createDoor(): Promise<(request: Request) => boolean> {
  if (process.env.CHECKS_TOKENS === undefined) return () => true;
  const authenticator = createAuthenticator({ jwtSecret: LOAD_SECRET }, systemClock, noopLog);
  await authenticator?.verify(signToken("the first"));
  return ({ headers }) => {
    if (!headers.has("upgrade")) return true;
    const [token = ""] = readSubprotocolOffer(headers.get("sec-websocket-protocol")).tokens;
    return authenticator?.known(token) != null;
  };
}

startRawServer(Number(process.env.PORT), await createDoor());
