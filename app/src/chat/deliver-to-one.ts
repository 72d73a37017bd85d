import { packFrames } from "../protocol/codec.ts";
import type { Connection } from "./connection.ts";
import type { StoredEvent } from "./engine.ts";
import type { Hub } from "./hub.ts";

/** Sends events of a room in order, with the connection's own acks in the places of what it wrote. */
export function deliverToOne(
  { context }: Hub,
  connection: Connection,
  room: string,
  events: readonly StoredEvent[],
  frames: readonly string[],
): void {
  const { writes } = connection.queue;
  let run: string[] = [];
  for (const [index, event] of events.entries()) {
    const isOwn = event.socket === connection.number && event.instance === context.instance.id;
    if (isOwn && writes.isUnanswered(event.messageId)) {
      if (run.length > 0) connection.send(packFrames(run));
      run = [];
      if (writes.place(room, event)) continue;
    }
    run.push(frames[index] ?? "");
    context.metrics.messagesSent(event.kind, 1);
  }
  if (run.length > 0) connection.send(packFrames(run));
}
