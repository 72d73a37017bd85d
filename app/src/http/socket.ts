import { Elysia } from "elysia";
import type { Metrics } from "../telemetry/metrics.ts";
import {
  type Answer,
  type Arrival,
  SocketEntrance,
  type SocketEntranceDependencies,
} from "./socket-entrance.ts";

export interface SocketDependencies extends SocketEntranceDependencies {
  readonly metrics: Metrics;
}

type Settings = { status?: number | string; headers: Record<string, string | number> };
type Body = Answer["body"];

/**
 * The HTTP half of a WebSocket; Bun's handlers do the other. The handlers name what they use, as Elysia reads their
 * source: for one that passes its context on it would parse query, headers and cookies of every request.
 */
export function socket(deps: SocketDependencies) {
  const route = "/ws/chat";
  const routeWithId = "/ws/chat/:connectionId";
  const { enter, preflight } = createResponders(deps);
  return new Elysia({ name: "socket" })
    .get(route, ({ request, server, set }) =>
      enter({ request, server, connectionId: crypto.randomUUID() }, set, route),
    )
    .get(routeWithId, ({ request, server, set, params: { connectionId } }) =>
      enter({ request, server, connectionId }, set, routeWithId),
    )
    .options(route, ({ request, server, set }) =>
      preflight({ request, server, connectionId: "" }, set, route),
    )
    .options(routeWithId, ({ request, server, set, params: { connectionId } }) =>
      preflight({ request, server, connectionId }, set, routeWithId),
    );
}

/** Measures by itself: hooks that would do it cost each handshake more than all its checks. */
function createResponders(deps: SocketDependencies) {
  const entrance = new SocketEntrance(deps);
  const respond = (
    answer: Answer | null,
    method: string,
    set: Settings,
    route: string,
    startedAt: number,
  ): Body => {
    const seconds = (performance.now() - startedAt) / 1000;
    deps.metrics.httpRequest(route, method, answer?.status ?? 101, seconds);
    if (answer === null) return undefined;
    set.status = answer.status;
    Object.assign(set.headers, answer.headers);
    return answer.body;
  };
  return {
    /** Waits only where the entrance does. */
    enter(arrival: Arrival, set: Settings, route: string): Body | Promise<Body> {
      const startedAt = performance.now();
      const finish = (answer: Answer | null) =>
        respond(answer, arrival.request.method, set, route, startedAt);
      const answer = entrance.enter(arrival);
      return answer instanceof Promise ? answer.then(finish) : finish(answer);
    },
    preflight(arrival: Arrival, set: Settings, route: string): Body {
      return respond(entrance.preflight(arrival), "OPTIONS", set, route, performance.now());
    },
  };
}
