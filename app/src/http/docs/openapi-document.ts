import { type ApiRoute, apiPrefix } from "../api/api-route.ts";
import { errorSchema } from "./error-answers.ts";
import { describeOperation } from "./openapi-operation.ts";

const description = `Everything that a backend or a plain HTTP client can do. The same rules, limits, error codes and
idempotency hold as on the WebSocket at \`/ws/chat/<connectionId>\`.

Fields that are not described are ignored. A call that failed with \`internal\` or \`unavailable\`, or got no answer, may
or may not have been stored: repeat it with the same \`id\`. Lengths are counted in UTF-16 units.`;

const tags = [
  { name: "Messages", description: "What is written in rooms." },
  { name: "Reactions", description: "Emojis on messages." },
  { name: "Rooms", description: "Where one is, and who is there." },
  { name: "Members", description: "Who belongs to a group." },
  { name: "Blocks", description: "Who does not want to see whom." },
  { name: "Users", description: "Whether people are there." },
  { name: "Notifications", description: "What a backend tells its users." },
];

/** The API as OpenAPI 3.1, whose schemas are JSON Schema, which TypeBox's are already. */
export function describeApi(routes: readonly ApiRoute[], version: string): string {
  return JSON.stringify({
    openapi: "3.1.0",
    info: { title: "Holdline", version, description, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: apiPrefix }],
    security: [{ bearer: [] }],
    tags: tags.filter(({ name }) => routes.some(({ tag }) => tag === name)),
    paths: describePaths(routes),
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description:
            "Claims: `sub` (user id), `exp`, `name`, `picture`, `rooms` (groups that it opens), `scope` (`publish`, `admin`).",
        },
      },
      schemas: { Error: errorSchema },
    },
  });
}

function describePaths(routes: readonly ApiRoute[]): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route) };
  }
  return paths;
}
