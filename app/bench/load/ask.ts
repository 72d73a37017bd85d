import type { ClientSocket } from "./client-socket.ts";
import { payloadText, textFrame } from "./frames.ts";
import type { LoadLoop } from "./load-loop.ts";

const LIMIT_MS = 5000;
const ID = "asked";

/** The payload of the answer to one command, for what has to be known before anything is measured. */
export async function ask<Payload>(
  loop: LoadLoop,
  socket: ClientSocket,
  type: string,
  payload: object,
): Promise<Payload> {
  let answer: { id?: string; type: string; payload: Payload } | undefined;
  socket.onFrame = (_opcode, bytes, start, end) => {
    const event = JSON.parse(payloadText(bytes, start, end));
    if (event.id === ID) answer = event;
  };
  socket.send(textFrame(JSON.stringify({ type, id: ID, payload })));
  await loop.runUntil(() => answer !== undefined, `${type} answered`, LIMIT_MS);
  if (answer?.type !== "message_response") throw new Error(`${type} refused: ${JSON.stringify(answer)}`);
  return answer.payload;
}
