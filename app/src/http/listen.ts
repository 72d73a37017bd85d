import type { Connection } from "../chat/connection.ts";
import type { HttpApp } from "./app.ts";
import { PortUnusable } from "./port-unusable.ts";
import { requestBodyBytesCut } from "./request-body-limit.ts";

interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly websocket: Bun.WebSocketHandler<Connection>;
}

type Server = NonNullable<HttpApp["server"]>;

/** Throws PortUnusable when the operator has to choose another address. */
export function listen(app: HttpApp, { host, port, websocket }: ListenOptions): Server {
  try {
    app.listen({
      hostname: host,
      port,
      // Elysia's default would let a second server share the port in silence.
      reusePort: false,
      // In Bun's development mode an error page would show our source.
      development: false,
      maxRequestBodySize: requestBodyBytesCut,
      websocket,
    });
  } catch (error) {
    throw systemCodeOf(error) === null ? error : new PortUnusable(host, port, systemCodeOf(error) ?? "");
  }
  if (app.server === null) throw new Error("Elysia has no server after listen.");
  return app.server;
}

function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
