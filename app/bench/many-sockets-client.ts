import type { ClientSocket } from "./load/client-socket.ts";
import { Crowd } from "./load/crowd.ts";
import type { GroupShape } from "./load/group.ts";
import { holdlineWire } from "./load/holdline-wire.ts";
import { openLibc } from "./load/libc.ts";
import { LoadLoop } from "./load/load-loop.ts";
import { openSockets } from "./load/open-sockets.ts";
import { publish } from "./load/publish.ts";
import type { Asked, Begun } from "./many-sockets-load.ts";

/**
 * One of the processes that together hold more sockets than one may open: rooms of ten, the members of each spread
 * over all servers. Its parent says when to publish, and with the parent it ends.
 */
const MEMBERS = 9;
/** What joining causes in a room is over by then. */
const QUIET_MS = 3000;

const { name, ports, sockets } = JSON.parse(process.argv[2] ?? "") as Begun;
const loop = new LoadLoop(openLibc());
const crowd = await gather();
process.on("disconnect", () => process.exit(0));
process.on("message", async ({ perSecond, seconds }: Asked) => {
  const { messages } = await publish(loop, process.pid, crowd, { perSecond }, seconds);
  process.send?.({ messages });
});
process.send?.({ messages: 0 });

async function gather(): Promise<Crowd> {
  const shapes = Array.from({ length: sockets / (1 + MEMBERS) }, (_, index): GroupShape => {
    // Each server makes batches of its own, so that bytes cannot be compared: all are read in full.
    return { rooms: [`room:${name}-${index}`], publishers: 1, members: MEMBERS, checked: MEMBERS };
  });
  const roomsOf = shapes.flatMap(({ rooms }) => Array<string[]>(1 + MEMBERS).fill(rooms));
  const isOn = (server: number) => (_: unknown, socket: number) => socket % ports.length === server;
  const onServers: IterableIterator<ClientSocket>[] = [];
  for (const [server, port] of ports.entries())
    onServers.push((await openSockets(loop, port, roomsOf.filter(isOn(server)))).values());
  const opened = roomsOf.map((_, socket) => onServers[socket % ports.length]?.next().value);
  await loop.runFor(QUIET_MS);
  return new Crowd(
    loop,
    shapes,
    opened.filter((socket) => socket !== undefined),
    holdlineWire,
  );
}
