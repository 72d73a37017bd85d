import type { ApiRoute } from "./api-route.ts";
import { messageRoutes } from "./message-routes.ts";
import { reactionRoutes } from "./reaction-routes.ts";

/** Everything below `/api`, in the order in which it is described. */
export const apiRoutes: readonly ApiRoute[] = [...messageRoutes, ...reactionRoutes];
