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

/** What a command came to; `json` is the payload of its answer as JSON text. */
export type Answer = Refusal | { readonly ok: true; readonly json: string; readonly entry?: Entry };

/** What a fault of ours is answered with. */
export const faultCode = (error: unknown): "unavailable" | "internal" =>
  error instanceof EngineUnavailable ? "unavailable" : "internal";

export const noRooms: ReadonlySet<string> = new Set();
