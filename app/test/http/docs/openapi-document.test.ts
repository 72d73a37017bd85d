import { describe, expect, test } from "bun:test";
import { type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { ApiRoute } from "../../../src/http/api/api-route.ts";
import { apiRoutes } from "../../../src/http/api/api-routes.ts";
import { errorSchema } from "../../../src/http/docs/error-answers.ts";
import { describeApi } from "../../../src/http/docs/openapi-document.ts";

interface Described {
  readonly schema: TSchema;
  readonly example: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: object;
  readonly responses: Record<
    string,
    {
      readonly headers: Record<string, object>;
      readonly content: { readonly "application/json": Described };
    }
  >;
}

const document = JSON.parse(describeApi(apiRoutes, "1.2.3"));

const operationOf = ({ method, path }: ApiRoute): Operation =>
  document.paths[path.replaceAll(/:(\w+)/g, "{$1}")][method.toLowerCase()];

const named = apiRoutes.map((route) => [`${route.method} ${route.path}`, route] as const);

describe.each(named)("%s", (_name, route) => {
  const operation = operationOf(route);

  test("is described with all its parameters", () => {
    const names = (place: string) =>
      operation.parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
    expect(names("path")).toEqual([...route.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name));
    expect(names("query")).toEqual(Object.keys(route.query));
    for (const parameter of operation.parameters) expect(parameter.required).toBe(parameter.in === "path");
    expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
  });

  test("says what each refusal looks like, and when to come back", () => {
    for (const status of ["400", "401", "429", "500", "503"])
      expect(operation.responses).toHaveProperty(status);
    for (const status of ["429", "503"])
      expect(operation.responses[status]?.headers).toHaveProperty("Retry-After");
    expect(operation.responses["401"]?.headers).toHaveProperty("WWW-Authenticate");
    if (route.scope !== undefined) {
      expect(operation.responses).toHaveProperty("403");
      expect(operation.description).toContain(`\`${route.scope}\``);
    }
    if (route.body !== undefined) expect(operation.responses).toHaveProperty("413");
  });

  test("gives examples that are true to their schemas", () => {
    for (const { schema, example } of Object.values(route.answers))
      expect(problemWith(schema, example)).toBeNull();
    if (route.body !== undefined) expect(problemWith(Type.Object(route.body), route.bodyExample)).toBeNull();
    for (const { content } of Object.values(operation.responses)) {
      const { schema, example } = content["application/json"];
      if ("$ref" in schema) expect(problemWith(errorSchema, example)).toBeNull();
    }
  });
});

function problemWith(schema: TSchema, value: unknown): string | null {
  const error = Value.Errors(schema, value).First();
  return error === undefined ? null : `${error.path}: ${error.message}`;
}

test("a notification is described as for some users or for all", () => {
  const { schema } = document.paths["/notifications"].post.requestBody.content["application/json"];
  expect(schema).toMatchObject({
    required: ["payload"],
    oneOf: [{ required: ["userIds"] }, { required: ["broadcast"] }],
  });
});

test("no two operations have the same name", () => {
  const names = apiRoutes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("every tag is explained", () => {
  const explained: string[] = document.tags.map(({ name }: { name: string }) => name);
  expect([...new Set(apiRoutes.map(({ tag }) => tag))].sort()).toEqual(explained.toSorted());
});

test("every operation asks for a bearer token", () => {
  expect(document.security).toEqual([{ bearer: [] }]);
  expect(document.components.securitySchemes.bearer).toMatchObject({ type: "http", scheme: "bearer" });
});
