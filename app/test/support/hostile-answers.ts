import { expect } from "bun:test";
import { textFrame } from "./encode-frame.ts";
import type { HostileWorld } from "./hostile-world.ts";
import type { Frame } from "./recording-sockets.ts";

/** Sends texts on a connection of their own, and a ping. Resolves with all that came until its pong. */
export async function answersTo(
  world: HostileWorld,
  ...texts: readonly (string | Uint8Array)[]
): Promise<Frame[]> {
  const peer = await world.open();
  for (const text of texts) peer.write(textFrame(text));
  peer.send({ type: "ping", id: "still-here" });
  await peer.answer("still-here");
  peer.vanish();
  return peer.frames.slice(0, -1);
}

/** An error that cannot go away by trying again. `about`: what its message has to name. */
export const refusal = (code: string, about: string, id?: string): Frame => ({
  type: "error",
  ...(id === undefined ? {} : { id }),
  payload: { code, message: expect.stringContaining(about), retryable: false },
});

/** A command with the id `a`, whose payload is given as JSON text. */
export const commandText = (type: string, payload: string): string =>
  `{"id":"a","type":"${type}","payload":${payload}}`;

export const response = (payload: Frame["payload"]): Frame => ({
  type: "message_response",
  id: "a",
  payload,
});

export const arrays = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

export const objects = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
