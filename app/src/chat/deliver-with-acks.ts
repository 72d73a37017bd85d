import { packFrames } from "../protocol/codec.ts";
import type { Connection } from "./connection.ts";
import type { StoredEvent } from "./engine.ts";
import { type EncodedEvent, encodeSkipped } from "./event-frames.ts";

/** Events of a room in order and in one write, with the connection's own acks in the places of what it wrote. */
export function deliverWithAcks(connection: Connection, room: string, events: readonly EncodedEvent[]): void {
  connection.cork(() => {
    let run: string[] = [];
    for (const { event, frame } of events) {
      if (mayBePlaced(connection, room, event)) {
        sendRun(connection, run);
        run = [];
        if (connection.queue.writes.place(room, event)) continue;
      }
      const isHidden = connection.hides(event);
      run.push(isHidden ? encodeSkipped(room, event) : frame);
      connection.countSent(isHidden ? "skipped" : event.kind);
    }
    sendRun(connection, run);
  });
}

const mayBePlaced = (connection: Connection, room: string, event: StoredEvent): boolean =>
  event.socket === connection.number && connection.queue.writes.expects(room, event);

function sendRun(connection: Connection, run: readonly string[]): void {
  if (run.length > 0) connection.send(packFrames(run));
}
