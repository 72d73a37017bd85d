import type { Database } from "bun:sqlite";
import type { StoredEvent, StoredMessage } from "../chat/engine.ts";

export type EventRow = Omit<StoredEvent, "epoch" | "isEdited"> & { readonly isEdited: number };

/** `reactions`: JSON text of `[emoji, count, mine]`, by first use. */
export type MessageRow = EventRow & { readonly reactions: string };

type PageNames = {
  readonly room: number;
  /** Only messages between the two. */
  readonly floor: number;
  readonly before: number;
  readonly oldest: number;
  /** JSON text of the user ids. */
  readonly hidden: string;
  readonly viewer: string;
  readonly limit: number;
};

/** Who made a message is named where it was made; a change says whose message it changes, and an edit the text. */
export const eventColumns = `log.v, log.seq, log.kind, log.author AS authorId, log.message AS messageId,
  log.instance, log.socket, log.command AS commandId, log.created_at AS createdAt, log.rest,
  iif(message.seq = log.seq, author_name, '') AS authorName,
  iif(message.seq = log.seq, author_image, NULL) AS authorImage,
  iif(message.seq <> log.seq, (
    SELECT made.author FROM log AS made WHERE made.room = message.room AND made.seq = message.seq
  ), NULL) AS messageAuthorId,
  iif(log.kind IN ('message_delete', 'reaction'), NULL, content) AS content,
  iif(log.kind IN ('message_delete', 'reaction'), NULL, meta) AS metaJson,
  iif(log.kind IN ('message_delete', 'reaction'), 0, coalesce(is_edited, 0)) AS isEdited`;

/**
 * One page of messages with their reactions, newest first. What hidden users reacted is looked up by user within
 * the page's range and taken from the counts, so that a page costs no more where thousands have reacted.
 */
export const historySql = `
  WITH page AS MATERIALIZED (
    SELECT log.id, log.seq, log.message FROM log
    CROSS JOIN message ON message.id = log.message AND message.room = log.room AND message.seq = log.seq
    WHERE log.room = $room AND log.seq > $floor AND log.seq < $before AND log.created_at >= $oldest
      AND log.author NOT IN (SELECT value FROM json_each($hidden))
    ORDER BY log.seq DESC LIMIT $limit
  ), unseen AS MATERIALIZED (
    SELECT reaction.seq, emoji, count(*) AS count FROM json_each($hidden) AS hidden
    CROSS JOIN reaction ON reaction.user = hidden.value AND reaction.room = $room
      AND reaction.seq >= (SELECT min(seq) FROM page) AND reaction.seq < $before
    GROUP BY reaction.seq, emoji
  )
  SELECT ${eventColumns}, (
    SELECT json_group_array(json_array(
      total.emoji,
      total.count - coalesce(
        (SELECT unseen.count FROM unseen WHERE unseen.seq = total.seq AND unseen.emoji = total.emoji), 0),
      EXISTS (
        SELECT 1 FROM reaction AS own
        WHERE own.user = $viewer AND own.room = $room AND own.seq = total.seq AND own.emoji = total.emoji)
    ) ORDER BY total.first_id)
    FROM reaction_count AS total WHERE total.room = $room AND total.seq = page.seq
  ) AS reactions
  FROM page CROSS JOIN log ON log.id = page.id CROSS JOIN message ON message.id = page.message AND message.room = $room
  ORDER BY page.seq DESC`;

export const prepareHistory = (database: Database) => database.prepare<MessageRow, [PageNames]>(historySql);

export const toEvent = (row: EventRow, epoch: string): StoredEvent => ({
  ...row,
  epoch,
  isEdited: row.isEdited === 1,
});

export function toMessage({ reactions, ...row }: MessageRow, epoch: string): StoredMessage {
  const counts = JSON.parse(reactions) as [emoji: string, count: number, mine: 0 | 1][];
  const shown = counts.filter(([, count]) => count > 0);
  return {
    ...toEvent(row, epoch),
    reactions: shown.map(([emoji, count, mine]) => ({ emoji, count, mine: mine === 1 })),
  };
}
