import { type TProperties, type TSchema, Type } from "@sinclair/typebox";
import type { ApiRoute } from "../api/api-route.ts";
import { commonHeaders } from "./common-headers.ts";
import { describeRefusals } from "./error-answers.ts";

export function describeOperation(route: ApiRoute): object {
  return {
    operationId: route.name,
    tags: [route.tag],
    summary: route.summary,
    description: describe(route),
    parameters: [...parametersIn("path", route.params), ...parametersIn("query", route.query)],
    requestBody: describeBody(route),
    responses: { ...describeAnswers(route), ...describeRefusals(route.refusals) },
  };
}

function describe({ description, scope }: ApiRoute): string {
  const needs = scope === undefined ? "" : `Asks for a token whose scope holds \`${scope}\`.`;
  return [description, needs].filter(Boolean).join(" ");
}

/** A parameter's description stands beside its schema, where readers of documents look for it. */
function parametersIn(place: "path" | "query", properties: TProperties): object[] {
  const required: readonly string[] = Type.Object(properties).required ?? [];
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: required.includes(name),
    description,
    schema: schema satisfies Partial<TSchema>,
  }));
}

function describeBody({ body, bodyRules, bodyExample }: ApiRoute): object | undefined {
  if (body === undefined) return undefined;
  return {
    required: true,
    content: { "application/json": { schema: Type.Object(body, bodyRules), example: bodyExample } },
  };
}

function describeAnswers({ answers }: ApiRoute): Record<string, object> {
  const entries = Object.entries(answers).map(([status, { description, schema, example }]) => [
    status,
    { description, headers: commonHeaders, content: { "application/json": { schema, example } } },
  ]);
  return Object.fromEntries(entries);
}
