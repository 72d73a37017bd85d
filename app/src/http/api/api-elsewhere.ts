import { allowedMethods } from "../allowed-methods.ts";
import { corsHeaders, readAndWrite } from "../cors.ts";
import { type AnswerSettings, refuseHttp } from "../http-errors.ts";
import type { OriginPolicy } from "../origin-policy.ts";
import { type ApiRoute, apiPrefix } from "./api-route.ts";
import { pathOf } from "./decode-url.ts";

type AnswerElsewhere = (request: Request, peer: string, set: AnswerSettings) => unknown;

/** What no route answers: preflights, methods that a path does not serve, paths that are none. */
export function answerElsewhere(routes: readonly ApiRoute[], origins: OriginPolicy): AnswerElsewhere {
  const patterns = routes.map(({ method, path }) => ({ method, path: apiPrefix + path }));
  return (request, peer, set) => {
    const allowed = allowedMethods(patterns, pathOf(request.url));
    Object.assign(set.headers, corsHeaders(request, peer, origins, readAndWrite));
    set.headers["cache-control"] = "no-store";
    // A method that is allowed would not come here: the path has slashes too many.
    if (allowed.length === 0 || allowed.includes(request.method)) return refuseHttp("not_found", set);
    set.headers.allow = [...allowed, "OPTIONS"].join(", ");
    if (request.method !== "OPTIONS") return refuseHttp("method_not_allowed", set);
    if (!origins.admits(request, peer)) return refuseHttp("forbidden", set);
    set.status = 204;
    return undefined;
  };
}
