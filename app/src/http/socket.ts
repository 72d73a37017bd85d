import { Elysia } from "elysia";
import type { Answer, SocketEntrance } from "./socket-entrance.ts";

export const socketRoute = "/ws/chat";
export const socketRouteWithId = "/ws/chat/:connectionId";

type Settings = { status?: number | string; headers: Record<string, string | number> };
type Body = Answer["body"];

/**
 * The HTTP half of a WebSocket; Bun's handlers do the other. The handlers name what they use, as Elysia reads their
 * source: for one that passes its context on it would parse query, headers and cookies of every request.
 */
export function socket(entrance: SocketEntrance) {
  const [route, routeWithId] = [socketRoute, socketRouteWithId] as const;
  return new Elysia({ name: "socket" })
    .get(route, ({ request, server, set }) =>
      settle(entrance.enter({ request, server, connectionId: crypto.randomUUID(), route }), set),
    )
    .get(routeWithId, ({ request, server, set, params: { connectionId } }) =>
      settle(entrance.enter({ request, server, connectionId, route: routeWithId }), set),
    )
    .options(route, ({ request, server, set }) =>
      respond(entrance.preflight({ request, server, connectionId: "", route }), set),
    )
    .options(routeWithId, ({ request, server, set, params: { connectionId } }) =>
      respond(entrance.preflight({ request, server, connectionId, route: routeWithId }), set),
    );
}

const settle = (answer: Answer | null | Promise<Answer | null>, set: Settings): Body | Promise<Body> =>
  answer instanceof Promise ? answer.then((known) => respond(known, set)) : respond(answer, set);

function respond(answer: Answer | null, set: Settings): Body {
  if (answer === null) return undefined;
  set.status = answer.status;
  Object.assign(set.headers, answer.headers);
  return answer.body;
}
