import type { Step } from "./proxy-step.ts";

/** How much of the step passes first. */
export type Place = "before" | "after" | { readonly bytes: number };

export type Fault =
  /** Who is behind it in the stream sees a reset, and so does who is ahead, unless something of the step passed: that arrives, then an end. */
  | { readonly kind: "cut"; readonly at: Place }
  /** No more of this direction but its end; the other direction goes on. */
  | { readonly kind: "half_close"; readonly at: Place }
  /** From here on nothing passes, in this direction or in both, and both sockets stay open. */
  | { readonly kind: "stall"; readonly at: Place; readonly isBoth?: boolean }
  | { readonly kind: "delay"; readonly ms: number }
  /** Instead of the server, which hears nothing of it. For the head of a request. */
  | { readonly kind: "answer"; readonly text: string }
  /** As if the client had tried twice: the server has accepted the same request before. For the head of a request. */
  | { readonly kind: "duplicate" };

/** Decides for each step what happens to it; null: it passes. */
export type FaultRule = (step: Step) => Fault | null;

export const cutBefore: Fault = { kind: "cut", at: "before" };
export const cutAfter: Fault = { kind: "cut", at: "after" };

/** As a proxy in front of the server answers who asks too often. */
export const plain429 = (retryAfterSeconds: number): Fault => ({
  kind: "answer",
  text: [
    "HTTP/1.1 429 Too Many Requests",
    "Content-Type: text/plain; charset=utf-8",
    `Retry-After: ${retryAfterSeconds}`,
    "Content-Length: 17",
    "Connection: close",
    "",
    "Too Many Requests",
  ].join("\r\n"),
});

/** Cuts a connection where one side has sent so much, in the middle of whatever that is. */
export const cutAtByte =
  (from: Step["from"], count: number): FaultRule =>
  (step) =>
    step.from === from && step.offset < count && step.offset + step.bytes.length >= count
      ? { kind: "cut", at: { bytes: count - step.offset } }
      : null;

/** The n-th step that fits has the fault, and no other. */
export function nth(n: number, fits: (step: Step) => boolean, fault: Fault): FaultRule {
  let seen = 0;
  return (step) => (fits(step) && ++seen === n ? fault : null);
}
