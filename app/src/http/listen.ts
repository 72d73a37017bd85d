import type { Connection } from "../chat/connection.ts";
import type { HttpApp } from "./app.ts";
import { PortUnusable } from "./port-unusable.ts";
import { requestBodyBytesCut } from "./request-body-limit.ts";

export interface Address {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

interface ListenOptions extends Address {
  readonly websocket: Bun.WebSocketHandler<Connection>;
  /** Whether other processes of this server listen on the same port: then the kernel spreads connections over them. */
  readonly isShared?: boolean;
}

type ListeningServer = NonNullable<HttpApp["server"]>;

/** Throws PortUnusable when the operator has to choose another address. */
export function listen(app: HttpApp, options: ListenOptions): ListeningServer {
  const { host, port, websocket, isShared = false } = options;
  orUnusable({ host, port }, () =>
    app.listen({
      hostname: host,
      port,
      // Elysia's default would let a second server share the port in silence.
      reusePort: isShared,
      // In Bun's development mode an error page would show our source.
      development: false,
      maxRequestBodySize: requestBodyBytesCut,
      websocket,
    }),
  );
  if (app.server === null) throw new Error("Elysia has no server after listen.");
  return app.server;
}

/**
 * A port that nobody listens on, for processes that are to share it: once it is shared, a program that has nothing to
 * do with them would be let in too. Throws PortUnusable where somebody does.
 */
export function claimPort(address: Address): number {
  const { host: hostname, port } = address;
  const probe = orUnusable(address, () =>
    Bun.serve({ hostname, port, reusePort: false, fetch: () => new Response() }),
  );
  void probe.stop(true);
  return probe.port ?? port;
}

function orUnusable<T>({ host, port }: Address, start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw systemCodeOf(error) === null ? error : new PortUnusable(host, port, systemCodeOf(error) ?? "");
  }
}

function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
