import { abnormalClosure, type CloseCode, closeCodes, noStatus } from "../protocol/close-codes.ts";
import type { HandoverResult } from "../telemetry/handover-metrics.ts";

/** How a socket ended. */
export interface Ending {
  readonly code: number;
  /** The code, unless the client made it up: its 4002 says nothing about slow readers. */
  readonly countedAs: number;
}

/** Bun's parser closes by itself: it sends these codes, but reports 1006 and its reason. */
const parserCodes: ReadonlyMap<string, CloseCode> = new Map([
  ["Received too big message", closeCodes.message_too_big],
  ["Received invalid UTF-8", closeCodes.invalid_text],
  ["Received invalid compressed data", closeCodes.invalid_text],
]);

/** With what a client says no more than that it leaves. */
const leavingCodes: ReadonlySet<number> = new Set([closeCodes.normal, 1001, noStatus]);

/** In no closed set, since nobody uses codes below 1000 (RFC 6455 §7.4.2). */
const madeUp = 0;

/** What became of a connection that was told to move: it did, it was closed when its time was over, or it broke. */
export type HandoverEnding = Exclude<HandoverResult, "stayed">;

export function handoverEnding({ countedAs }: Ending): HandoverEnding {
  if (countedAs === closeCodes.restart) return "forced";
  const hasLeft = leavingCodes.has(countedAs) || countedAs === madeUp;
  return hasLeft || countedAs === closeCodes.replaced ? "moved" : "lost";
}

/** From what Bun reports, whether it was us who closed, and whether something that was sent was still unread. */
export function describeEnding(code: number, reason: string, isOurs: boolean, hasBacklog: boolean): Ending {
  if (code !== abnormalClosure) return { code, countedAs: isOurs || leavingCodes.has(code) ? code : madeUp };
  const ending = codeOfBreak(reason, hasBacklog);
  return { code: ending, countedAs: ending };
}

function codeOfBreak(reason: string, hasBacklog: boolean): number {
  if (reason.startsWith("Received ")) return parserCodes.get(reason) ?? closeCodes.protocol_error;
  return hasBacklog ? closeCodes.overloaded : abnormalClosure;
}
