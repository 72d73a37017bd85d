import type { ObjectOptions, Static, TObject, TProperties, TSchema } from "@sinclair/typebox";
import type { Answer } from "../../chat/answer.ts";
import type { Hub } from "../../chat/hub.ts";
import type { Identity } from "../../chat/identity.ts";
import type { ErrorCode } from "../../protocol/errors.ts";

export const apiPrefix = "/api";

type ApiMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Who calls the API, and what for. */
export interface Caller {
  readonly hub: Hub;
  readonly identity: Identity;
}

/** What a call says, checked against its route's schemas. */
interface ApiCall<P extends TProperties, Q extends TProperties, B extends TProperties> extends Caller {
  /** Percent-decoded once. */
  readonly params: Static<TObject<P>>;
  readonly query: Static<TObject<Q>>;
  readonly body: Static<TObject<B>>;
}

/** What a call came to: a refusal, or one of its route's answers. `status`: 200 where it is absent. */
export type ApiAnswer = Answer & { readonly status?: number };

interface DescribedAnswer {
  readonly description: string;
  readonly schema: TSchema;
  readonly example: unknown;
}

/** One operation: how it is checked, described and served. */
export interface ApiRoute<
  P extends TProperties = TProperties,
  Q extends TProperties = TProperties,
  B extends TProperties = TProperties,
> {
  readonly method: ApiMethod;
  /** A pattern below the prefix, such as `/rooms/:room/messages`. */
  readonly path: string;
  /** What generated clients call it. */
  readonly name: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** What the token's scope has to hold, for the document: `run` sees to it. */
  readonly scope?: "admin" | "publish";
  /** What it counts as: a message, limited per minute, or anything else, limited per second. */
  readonly countsAs: "message" | "read";
  readonly params: P;
  readonly query: Q;
  /** Absent: a body is not read. */
  readonly body?: B;
  /** What the document says of the body as a whole; `run` sees to it. */
  readonly bodyRules?: ObjectOptions;
  readonly bodyExample?: unknown;
  /** By status. */
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** What it refuses with beside what every operation may. */
  readonly refusals: readonly ErrorCode[];
  /** Throws only where we failed. */
  run(call: ApiCall<P, Q, B>): ApiAnswer | Promise<ApiAnswer>;
}

/** Holds the types of a route's parts together. */
export function apiRoute<P extends TProperties, Q extends TProperties, B extends TProperties>(
  route: ApiRoute<P, Q, B>,
): ApiRoute {
  return route as unknown as ApiRoute;
}
