import type { Hub } from "../../chat/hub.ts";
import type { Identity } from "../../chat/identity.ts";
import { type Refusal, refuse } from "../../protocol/errors.ts";
import { ApiInputReader } from "./api-input.ts";
import type { ApiAnswer, ApiRoute } from "./api-route.ts";

export type ApiCaller = (request: Request, identity: Identity) => Promise<ApiAnswer>;

/** Runs a route for who has a token: its limit first, then the token's scope, then what the request says. */
export function createCaller(route: ApiRoute, hub: Hub): ApiCaller {
  const input = new ApiInputReader(route);
  return async (request, identity) => {
    const refusal = refuseCall(route, hub, identity);
    if (refusal !== null) return refusal;
    const read = await input.read(request);
    return read.ok ? await route.run({ hub, identity, ...read }) : read;
  };
}

function refuseCall({ countsAs, scope }: ApiRoute, { rateLimits }: Hub, identity: Identity): Refusal | null {
  const refusal =
    countsAs === "message" ? rateLimits.refuseMessage(identity) : rateLimits.refuseRequest(identity);
  if (refusal !== null || scope === undefined) return refusal;
  const isAllowed = scope === "admin" ? identity.isAdmin : identity.mayPublish;
  return isAllowed ? null : refuse("forbidden", `This asks for a token whose scope holds ${scope}.`);
}
