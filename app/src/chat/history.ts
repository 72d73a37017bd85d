import type { Payload } from "../protocol/commands.ts";
import { refuse } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Answer } from "./answer.ts";
import type { HistoryPage } from "./engine.ts";
import { encodeHistoryItem } from "./event-frames.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import type { RoomFeed } from "./room-feed.ts";
import { roomLog } from "./room-log.ts";

/** Who reads: a connection, or somebody over REST. */
interface Reader {
  readonly identity: Identity;
  feedOf?(room: string): RoomFeed | undefined;
}

/** Room for the fields around the messages of a page. */
const envelopeBytes = 512;

/** One page of a room's past. On a joined socket it never runs ahead of the events that were delivered. */
export async function readHistory(
  hub: Hub,
  reader: Reader,
  { room, before, limit = limits.historyPageDefault }: Payload<"history">,
  bytesMax: number,
): Promise<Answer> {
  const { identity } = reader;
  const refusal = await hub.access.refuseRead(identity, room);
  if (refusal !== null) return refusal;
  const hidden = [...(await hub.blocks.load(identity.user.id))];
  const bounds = {
    before: before ?? null,
    limit,
    textUnitsMax: bytesMax,
    viewerId: identity.user.id,
    hidden,
  };
  const { log } = roomLog(room, identity.user.id);
  const feed = reader.feedOf?.(room);
  feed?.recording.begin();
  try {
    const page = await hub.context.engine.history(log, bounds);
    await feed?.follower.reach(page);
    return describePage(room, feed === undefined ? page : withoutDeleted(page, feed), bytesMax);
  } finally {
    if (feed !== undefined) hub.feeds.release(feed);
  }
}

/** A page without what was deleted since it was read: its reader may have been told of that already. */
export function withoutDeleted<P extends HistoryPage>(page: P, { recording }: RoomFeed): P {
  return { ...page, messages: page.messages.filter((message) => !recording.isDeleted(message)) };
}

function describePage(room: string, page: HistoryPage, bytesMax: number): Answer {
  const { items, hasMore } = encodePage(page, bytesMax - envelopeBytes);
  if (items.length === 0 && page.messages.length > 0) return refuse("too_large");
  const place = `"room":"${room}","epoch":"${page.epoch}","seq":${page.seq}`;
  return { ok: true, json: `{${place},"messages":[${items.join(",")}],"hasMore":${hasMore}}` };
}

/** The newest messages of a page that fit, oldest first, each as JSON text. */
export function encodePage(
  page: HistoryPage,
  bytesMax: number,
): { items: string[]; bytes: number; hasMore: boolean } {
  const items: string[] = [];
  let bytes = 0;
  for (const message of page.messages.toReversed()) {
    const item = encodeHistoryItem(message);
    const size = Buffer.byteLength(item) + 1;
    if (bytes + size > bytesMax) break;
    items.push(item);
    bytes += size;
  }
  return { items: items.reverse(), bytes, hasMore: page.hasMore || items.length < page.messages.length };
}
