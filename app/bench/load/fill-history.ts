import { openDatabase } from "../../src/engine/sqlite-schema.ts";

const PERSON = "0000000a-0000-4000-8000-000000000000";
const MESSAGE_BYTES = 100;

/**
 * Writes rooms full of messages into a new database, each as the server would have stored it: a million take
 * seconds this way and half a minute through a socket. Room by room, so that all lie equally close together.
 */
export function fillHistory(path: string, rooms: { name: string; messages: number }[]): void {
  const database = openDatabase(path);
  database.run("PRAGMA synchronous = OFF");
  const addRoom = database.prepare("INSERT INTO room (name, epoch) VALUES (?, 'filled')");
  const addMessages = database.prepare(`
    INSERT INTO message (id, room, seq, author_name, author_image, content)
    SELECT ${messageId}, $room, value, 'User 0000000a', 'https://example.com/' || '${PERSON}',
      '${"x".repeat(MESSAGE_BYTES)}' FROM ${numbers}`);
  const addEntries = database.prepare(`
    INSERT INTO log (room, seq, v, kind, author, message, instance, socket, command, created_at)
    SELECT $room, value, 1, 'chat_message', '${PERSON}', ${messageId}, 'filled', 1, NULL, ${Date.now()} FROM ${numbers}`);
  for (const { name, messages } of rooms) {
    const room = Number(addRoom.run(name).lastInsertRowid);
    database.transaction(() => {
      addMessages.run({ room, messages });
      addEntries.run({ room, messages });
    })();
  }
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

/** Ascending, as UUIDs of version 7 are. */
const messageId = "printf('%08x-0000-7000-8000-%012x', $room, value)";

const numbers = `(
  WITH RECURSIVE number (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number WHERE value < $messages)
  SELECT value FROM number)`;
