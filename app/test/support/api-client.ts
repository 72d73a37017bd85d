import { Value } from "@sinclair/typebox/value";
import type { ApiRoute } from "../../src/http/api/api-route.ts";
import { apiRoutes } from "../../src/http/api/api-routes.ts";
import { errorSchema } from "../../src/http/docs/error-answers.ts";
import { httpErrors } from "../../src/http/http-errors.ts";
import { type Claims, signToken } from "./tokens.ts";

export interface ApiAnswered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever a route answers.
  readonly body: any;
  /** Of a refusal. */
  readonly code: string | undefined;
}

/** Calls the API as somebody, and fails on any answer that its document does not promise. */
export class ApiClient {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async create(serverUrl: string, claims: Claims = {}): Promise<ApiClient> {
    return new ApiClient(`${serverUrl}/api`, await signToken(claims));
  }

  get(path: string): Promise<ApiAnswered> {
    return this.call("GET", path);
  }

  /** Sends a message and tells where it is. */
  async send(content = "hello", room = "room:a"): Promise<string> {
    const { body } = await this.call("POST", `/rooms/${room}/messages`, { content });
    return `/rooms/${room}/messages/${body.messageId}`;
  }

  async call(method: string, path: string, body?: unknown): Promise<ApiAnswered> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const text = body === undefined ? null : JSON.stringify(body);
    const response = await fetch(this.#url + path, { method, headers, body: text });
    const answered = await response.json();
    const problem = undescribed(method, path, response.status, answered);
    if (problem !== null) throw new Error(`${method} ${path}: ${problem}`);
    return { status: response.status, headers: response.headers, body: answered, code: answered.error?.code };
  }
}

function undescribed(method: string, path: string, status: number, body: unknown): string | null {
  const route = apiRoutes.find((candidate) => candidate.method === method && matches(candidate, path));
  if (route === undefined) return "no such route";
  const schema = route.answers[status]?.schema ?? (mayRefuseWith(route, status) ? errorSchema : undefined);
  if (schema === undefined) return `${status} is not described: ${JSON.stringify(body)}`;
  const error = Value.Errors(schema, body).First();
  return error === undefined ? null : `${error.path}: ${error.message}, in ${JSON.stringify(body)}`;
}

function matches({ path }: ApiRoute, called: string): boolean {
  const pattern = path.replaceAll(/:\w+/g, "[^/?]+");
  return new RegExp(`^${pattern}/?(\\?.*)?$`).test(called);
}

const always = [400, 401, 413, 429, 500, 503];

const mayRefuseWith = ({ refusals }: ApiRoute, status: number): boolean =>
  always.includes(status) ||
  refusals.some(
    (code) => code in httpErrors && httpErrors[code as keyof typeof httpErrors].status === status,
  );
