import type { Refusal } from "../protocol/errors.ts";
import { EngineUnavailable } from "./engine.ts";

/** What has to happen in the same synchronous step as sending the answer, directly after it. */
export interface Entry {
  /** The rooms that will be joined by it. */
  readonly rooms: ReadonlySet<string>;
  /**
   * Called exactly once, also when the connection has closed meanwhile. `except`: rooms that the same batch left or
   * joined again later.
   */
  enter(except: ReadonlySet<string>): void;
}

/** The payload of an answer made of parts that are JSON text already. */
interface EncodedAnswer {
  readonly ok: true;
  readonly json: string;
  readonly entry?: Entry;
}

/** The payload of an answer that is written together with its frame, in one go. */
interface PlainAnswer {
  readonly ok: true;
  readonly payload: unknown;
  readonly entry?: undefined;
}

/** What a command came to. */
export type Answer = Refusal | EncodedAnswer | PlainAnswer;

export const payloadJson = (answer: EncodedAnswer | PlainAnswer): string =>
  "json" in answer ? answer.json : JSON.stringify(answer.payload);

/** What a fault of ours is answered with. */
export const faultCode = (error: unknown): "unavailable" | "internal" =>
  error instanceof EngineUnavailable ? "unavailable" : "internal";

export const noRooms: ReadonlySet<string> = new Set();
