import { type TObject, type TProperties, Type } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { type Refusal, refuse } from "../../protocol/errors.ts";
import { apiPrefix } from "./api-route.ts";
import { decodePath, decodeQuery } from "./decode-url.ts";
import { readJsonBody } from "./json-body.ts";

type Values = Readonly<Record<string, unknown>>;

export type ApiInput =
  | Refusal
  | { readonly ok: true; readonly params: Values; readonly query: Values; readonly body: Values };

interface Described {
  readonly path: string;
  readonly params: TProperties;
  readonly query: TProperties;
  readonly body?: TProperties;
}

/** Reads what a request says in path, query and body, and checks it. Fields that the schemas do not name are ignored. */
export class ApiInputReader {
  readonly #path: string;
  readonly #params: TypeCheck<TObject>;
  readonly #query: TypeCheck<TObject>;
  readonly #body: TypeCheck<TObject> | null;
  readonly #numbers: readonly string[];

  constructor({ path, params, query, body }: Described) {
    this.#path = path;
    this.#params = TypeCompiler.Compile(Type.Object(params));
    this.#query = TypeCompiler.Compile(Type.Object(query));
    this.#body = body === undefined ? null : TypeCompiler.Compile(Type.Object(body));
    this.#numbers = Object.keys(query).filter((name) => query[name]?.type === "integer");
  }

  async read(request: Request): Promise<ApiInput> {
    const params = decodePath(request.url, apiPrefix + this.#path);
    if (params === null) return refuse("bad_message", "The path holds an escape that is not valid UTF-8.");
    const query = decodeQuery(request.url);
    if (!query.ok) return query;
    const numbered = this.#toNumbers(query.fields);
    const refusal = check(this.#params, params) ?? check(this.#query, numbered);
    if (refusal !== null) return refusal;
    if (this.#body === null) return { ok: true, params, query: numbered, body: {} };
    const body = await readJsonBody(request);
    if (!body.ok) return body;
    return check(this.#body, body.value) ?? { ok: true, params, query: numbered, body: body.value as Values };
  }

  /** Whatever is not plainly a number stays text, which the schema then refuses. */
  #toNumbers(fields: Readonly<Record<string, string>>): Values {
    const values: Record<string, unknown> = { ...fields };
    for (const name of this.#numbers) {
      const text = fields[name];
      if (text !== undefined && /^\d{1,16}$/.test(text)) values[name] = Number(text);
    }
    return values;
  }
}

/** Says which field is wrong and what was expected, never what it held. */
function check(schema: TypeCheck<TObject>, value: unknown): Refusal | null {
  if (schema.Check(value)) return null;
  const error = schema.Errors(value).First();
  const field = (error?.path ?? "").slice(1).replaceAll("/", ".");
  return refuse(isTooLong(error) ? "too_large" : "bad_message", `${field || "body"}: ${error?.message}.`);
}

const isTooLong = (error: ValueError | undefined): boolean =>
  error?.type === ValueErrorType.StringMaxLength || error?.type === ValueErrorType.ArrayMaxItems;
