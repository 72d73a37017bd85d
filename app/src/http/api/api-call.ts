import type { Hub } from "../../chat/hub.ts";
import type { Identity } from "../../chat/identity.ts";
import type { Refusal } from "../../protocol/errors.ts";
import { ApiInputReader } from "./api-input.ts";
import type { ApiAnswer, ApiRoute } from "./api-route.ts";

export type ApiCaller = (request: Request, identity: Identity) => Promise<ApiAnswer>;

/** Runs a route for who has a token: its limit first, then what the request says. What the token allows is the chat layer's to say. */
export function createCaller(route: ApiRoute, hub: Hub): ApiCaller {
  const input = new ApiInputReader(route);
  return async (request, identity) => {
    const refusal = refuseRate(route, hub, identity);
    if (refusal !== null) return refusal;
    const read = await input.read(request);
    return read.ok ? await route.run({ hub, identity, ...read }) : read;
  };
}

function refuseRate({ countsAs }: ApiRoute, { rateLimits }: Hub, identity: Identity): Refusal | null {
  return countsAs === "message" ? rateLimits.refuseMessage(identity) : rateLimits.refuseRequest(identity);
}
