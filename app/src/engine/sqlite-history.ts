import type { Database } from "bun:sqlite";
import type { ReactionCount, StoredEvent, StoredMessage } from "../chat/engine.ts";

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

/**
 * Who made a message is named where it was made; a change says whose message it changes, and an edit the text. What
 * made the message comes first in each case: most entries are that.
 */
export const eventColumns = `log.v, log.seq, log.kind, log.author AS authorId, log.message AS messageId,
  log.instance, log.socket, log.command AS commandId, log.created_at AS createdAt, log.rest,
  iif(message.seq = log.seq, author_name, '') AS authorName,
  iif(message.seq = log.seq, author_image, NULL) AS authorImage,
  iif(message.seq <> log.seq, (
    SELECT made.author FROM log AS made WHERE made.room = message.room AND made.seq = message.seq
  ), NULL) AS messageAuthorId,
  iif(message.seq = log.seq OR log.kind NOT IN ('message_delete', 'reaction'), content, NULL) AS content,
  iif(message.seq = log.seq OR log.kind NOT IN ('message_delete', 'reaction'), meta, NULL) AS metaJson,
  iif(message.seq = log.seq OR log.kind NOT IN ('message_delete', 'reaction'), is_edited, 0) AS isEdited`;

const messagesBefore = `FROM log
  CROSS JOIN message ON message.id = log.message AND message.room = log.room AND message.seq = log.seq
  WHERE log.room = $room AND log.seq > $floor AND log.seq < $before AND log.created_at >= $oldest`;

/** The reactions to the message at `log.seq`, if there are any. `unseen`: how many of one emoji are not counted. */
const reactionsLess = (unseen: string) => `iif(
  EXISTS (SELECT 1 FROM reaction_count WHERE room = $room AND seq = log.seq),
  (
    SELECT json_group_array(json_array(
      total.emoji, total.count - ${unseen},
      EXISTS (
        SELECT 1 FROM reaction AS own
        WHERE own.user = $viewer AND own.room = $room AND own.seq = total.seq AND own.emoji = total.emoji)
    ) ORDER BY total.first_id)
    FROM reaction_count AS total WHERE total.room = $room AND total.seq = log.seq
  ), '[]') AS reactions`;

/** One page of messages with their reactions, newest first, for who sees everybody. */
export const historySql = `
  SELECT ${eventColumns}, ${reactionsLess("0")} ${messagesBefore} ORDER BY log.seq DESC LIMIT $limit`;

/**
 * The same without those whom the viewer does not see. What these reacted is looked up by user within the page's
 * range and taken from the counts, so that a page costs no more where thousands have reacted.
 */
export const historyWithoutSql = `
  WITH page AS MATERIALIZED (
    SELECT log.id, log.message ${messagesBefore}
      AND log.author NOT IN (SELECT value FROM json_each($hidden))
    ORDER BY log.seq DESC LIMIT $limit
  ), unseen AS MATERIALIZED (
    SELECT reaction.seq, emoji, count(*) AS count FROM json_each($hidden) AS hidden
    CROSS JOIN reaction ON reaction.user = hidden.value AND reaction.room = $room
      AND reaction.seq >= (SELECT min(seq) FROM page JOIN log USING (id)) AND reaction.seq < $before
    GROUP BY reaction.seq, emoji
  )
  SELECT ${eventColumns}, ${reactionsLess(`coalesce(
    (SELECT unseen.count FROM unseen WHERE unseen.seq = total.seq AND unseen.emoji = total.emoji), 0)`)}
  FROM page CROSS JOIN log ON log.id = page.id
  CROSS JOIN message ON message.id = page.message AND message.room = log.room
  ORDER BY log.seq DESC`;

type Paging = Omit<PageNames, "hidden">;

/** Reads a page, row by row, so that a reader who has enough can stop. */
export function preparePages(database: Database): (page: PageNames) => Iterable<MessageRow> {
  const all = database.prepare<MessageRow, [Paging]>(historySql);
  const without = database.prepare<MessageRow, [PageNames]>(historyWithoutSql);
  return ({ hidden, ...paging }) =>
    hidden === "[]" ? all.iterate(paging) : without.iterate({ hidden, ...paging });
}

export const toEvent = (row: EventRow, epoch: string): StoredEvent => ({
  ...row,
  epoch,
  isEdited: row.isEdited === 1,
});

export const toMessage = (row: MessageRow, epoch: string): StoredMessage => ({
  ...row,
  epoch,
  isEdited: row.isEdited === 1,
  reactions: row.reactions === "[]" ? none : readReactions(row.reactions),
});

const none: readonly ReactionCount[] = [];

function readReactions(json: string): readonly ReactionCount[] {
  const counts = JSON.parse(json) as [emoji: string, count: number, mine: 0 | 1][];
  return counts
    .filter(([, count]) => count > 0)
    .map(([emoji, count, mine]) => ({ emoji, count, mine: mine === 1 }));
}
