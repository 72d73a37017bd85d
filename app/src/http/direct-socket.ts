import type { Log } from "../telemetry/log.ts";
import { answerFault } from "./failures.ts";
import { socketRoute, socketRouteWithId } from "./socket.ts";
import type { Answer, Arrival, SocketEntrance } from "./socket-entrance.ts";

interface DirectSocketDependencies {
  readonly entrance: SocketEntrance;
  readonly log: Log;
  readonly color: string;
}

type Server = Exclude<Arrival["server"], null>;
/** Undefined: the request has become a WebSocket. */
type Outcome = Response | undefined;

/**
 * The `GET` routes of `socket`, for Bun's own router, which is asked before Elysia: what Elysia does for each request
 * took a tenth of a handshake. Elysia still serves HEAD and OPTIONS, and knows which methods there are.
 */
export function directSocket(deps: DirectSocketDependencies) {
  return {
    [socketRoute]: {
      GET: (request: Request, server: Server) =>
        enter(deps, { request, server, connectionId: crypto.randomUUID(), route: socketRoute }),
    },
    [socketRouteWithId]: {
      GET: (request: Bun.BunRequest, server: Server) => {
        const { connectionId = "" } = request.params;
        return enter(deps, { request, server, connectionId, route: socketRouteWithId });
      },
    },
  };
}

/** Waits only where the entrance does. */
function enter(deps: DirectSocketDependencies, arrival: Arrival): Outcome | Promise<Outcome> {
  try {
    const answer = deps.entrance.enter(arrival);
    if (answer === null) return undefined;
    return answer instanceof Promise ? enterLater(deps, arrival, answer) : respond(deps, answer);
  } catch (error) {
    return fail(deps, arrival, error);
  }
}

async function enterLater(
  deps: DirectSocketDependencies,
  arrival: Arrival,
  awaited: Promise<Answer | null>,
): Promise<Outcome> {
  try {
    const answer = await awaited;
    return answer === null ? undefined : respond(deps, answer);
  } catch (error) {
    return fail(deps, arrival, error);
  }
}

function respond({ color }: DirectSocketDependencies, { status, headers, body }: Answer): Response {
  return Response.json(body, { status, headers: { "x-served-by": color, ...headers } });
}

function fail(
  { log, color }: DirectSocketDependencies,
  { request, route }: Arrival,
  error: unknown,
): Response {
  const answer = answerFault(log, { route, method: request.method }, error);
  answer.headers.set("x-served-by", color);
  return answer;
}
