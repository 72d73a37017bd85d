import { Elysia } from "elysia";
import { payloadJson } from "../../chat/answer.ts";
import type { Hub } from "../../chat/hub.ts";
import { corsHeaders } from "../cors.ts";
import { type AnswerSettings, answerRefused } from "../http-errors.ts";
import type { OriginPolicy } from "../origin-policy.ts";
import { peerOf } from "../peer-of.ts";
import { createCaller } from "./api-call.ts";
import { answerElsewhere } from "./api-elsewhere.ts";
import { type ApiAnswer, type ApiRoute, apiPrefix } from "./api-route.ts";
import type { Bearer } from "./bearer.ts";

export interface ApiDependencies {
  readonly hub: Hub;
  readonly bearer: Bearer;
  readonly origins: OriginPolicy;
  readonly routes: readonly ApiRoute[];
}

/** REST: each route of the table for who has a token, and clear answers to everything else below `/api`. */
export function api({ hub, bearer, origins, routes }: ApiDependencies) {
  const elsewhere = answerElsewhere(routes, origins);
  const app = new Elysia({ name: "api", prefix: apiPrefix })
    .macro({
      bearer: {
        async resolve({ request, server, set, status }) {
          const peer = peerOf(request, server);
          Object.assign(set.headers, { "cache-control": "no-store" }, corsHeaders(request, peer, origins));
          const verdict = await bearer.identify(request, peer);
          if (verdict.ok) return { identity: verdict.identity };
          const body = answerRefused(verdict, set);
          return status(Number(set.status) as 401, body);
        },
      },
    })
    .all("/", ({ request, server, set }) => elsewhere(request, peerOf(request, server), set))
    .all("/*", ({ request, server, set }) => elsewhere(request, peerOf(request, server), set));
  for (const route of routes) {
    const call = createCaller(route, hub);
    app.route(
      route.method,
      route.path,
      async ({ request, identity, set }) => respond(await call(request, identity), set),
      { bearer: true },
    );
  }
  return app;
}

function respond(answer: ApiAnswer, set: AnswerSettings): unknown {
  if (!answer.ok) return answerRefused(answer, set);
  set.status = answer.status ?? 200;
  set.headers["content-type"] = "application/json;charset=utf-8";
  return payloadJson(answer);
}
