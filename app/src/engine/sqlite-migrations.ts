/**
 * The database: one row per room, one log entry per event, one record per message, one record per command.
 *
 * A log entry never holds text; the message record does, and is joined on read. Rows are appended at the right
 * edge of their trees (UUIDv7 ascend), so that a commit writes few pages; only the narrow index by (room, seq) is
 * written in many places. Commands have no index by key, because client-chosen keys are random and each would
 * dirty a page of its own: `CommandIndex` is in memory.
 */
const first = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  -- seq and emptied_at count only while the room has no log entry: then seq is its head.
  CREATE TABLE room (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0, emptied_at INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE log (
    id INTEGER PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, v INTEGER NOT NULL, kind TEXT NOT NULL,
    author TEXT NOT NULL, message TEXT NOT NULL, instance TEXT NOT NULL, socket INTEGER NOT NULL,
    command TEXT, created_at INTEGER NOT NULL, rest TEXT, UNIQUE (room, seq)
  ) STRICT;
  -- seq is that of the log entry that created the message.
  CREATE TABLE message (
    id TEXT PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, author_name TEXT NOT NULL,
    author_image TEXT, content TEXT NOT NULL, meta TEXT, is_edited INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE command (
    id INTEGER PRIMARY KEY, room INTEGER NOT NULL, user TEXT NOT NULL, command TEXT NOT NULL,
    hash TEXT NOT NULL, seq INTEGER NOT NULL, message TEXT NOT NULL, created_at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO setting VALUES ('install_secret', randomblob(32)), ('probe', 0);
`;

/**
 * A message is one room's, since a notification has the same id in the logs of all whom it is for. A reaction is
 * found by its message's place in the log, (room, seq), so that trimming deletes a range; ids ascend with time.
 * `reaction_count` keeps what history shows, however many have reacted; first_id is the reaction with which the
 * emoji came. A membership stays when it has ended, because it beats tokens that say otherwise.
 */
const second = `
  CREATE TABLE message_in_room (
    id TEXT NOT NULL, room INTEGER NOT NULL, seq INTEGER NOT NULL, author_name TEXT NOT NULL, author_image TEXT,
    content TEXT NOT NULL, meta TEXT, is_edited INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (id, room)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO message_in_room SELECT id, room, seq, author_name, author_image, content, meta, is_edited FROM message;
  DROP TABLE message;
  ALTER TABLE message_in_room RENAME TO message;
  CREATE TABLE reaction (
    id INTEGER PRIMARY KEY AUTOINCREMENT, room INTEGER NOT NULL, seq INTEGER NOT NULL, user TEXT NOT NULL,
    emoji TEXT NOT NULL, user_name TEXT NOT NULL, user_image TEXT, created_at INTEGER NOT NULL,
    UNIQUE (user, room, seq, emoji)
  ) STRICT;
  CREATE INDEX reaction_of_message ON reaction (room, seq, emoji, id);
  CREATE TABLE reaction_count (
    room INTEGER NOT NULL, seq INTEGER NOT NULL, emoji TEXT NOT NULL, count INTEGER NOT NULL,
    first_id INTEGER NOT NULL, PRIMARY KEY (room, seq, emoji)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE membership (
    room TEXT NOT NULL, user TEXT NOT NULL, is_member INTEGER NOT NULL, changed_at INTEGER NOT NULL,
    PRIMARY KEY (room, user)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX member ON membership (room, user, changed_at) WHERE is_member = 1;
  CREATE INDEX membership_of_user ON membership (user, room);
  -- user does not want to see other.
  CREATE TABLE block (
    user TEXT NOT NULL, other TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (user, other)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX block_of_other ON block (other, user);
  CREATE TABLE seen (user TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX seen_by_time ON seen (at);
`;

/** From no database to the present one, a version each. One that was released is never changed. */
export const migrations: readonly string[] = [first, second];
