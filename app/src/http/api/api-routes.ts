import type { ApiRoute } from "./api-route.ts";
import { blockRoutes } from "./block-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import { notificationRoutes } from "./notification-routes.ts";
import { reactionRoutes } from "./reaction-routes.ts";
import { roomRoutes } from "./room-routes.ts";
import { userRoutes } from "./user-routes.ts";

/** Everything below `/api`, in the order in which it is described. */
export const apiRoutes: readonly ApiRoute[] = [
  ...messageRoutes,
  ...reactionRoutes,
  ...roomRoutes,
  ...memberRoutes,
  ...blockRoutes,
  ...userRoutes,
  ...notificationRoutes,
];
