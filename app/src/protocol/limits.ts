/** Limits of protocol version 1 that no configuration changes. Units are part of the names. */
export const limits = {
  commandIdChars: 64,
  /** Content of one message, in UTF-16 units. */
  messageChars: 8000,
  metaBytes: 4096,
  /** Levels of arrays and objects in free-form JSON; deeper nesting serves no client and can exhaust a stack. */
  jsonDepth: 64,
  emojiChars: 32,
  /** Different ones on one message. */
  emojisPerMessage: 20,
  tokenChars: 8192,
  joinRooms: 100,
  batchCommands: 50,
  historyPage: 100,
  historyPageDefault: 50,
  /** Messages that a join shows when it could not replay. */
  resetMessages: 50,
  /** Entries of one page of a list over REST. */
  listPage: 100,
  listPageDefault: 50,
  /** What `next` of a page may hold: the longest user id and emoji, and what an engine adds to them. */
  cursorChars: 1024,
  notificationUsers: 1000,
  notificationBytes: 8192,
  replayEvents: 300,
  replayMax: 10_000,
  replayMaxDefault: 1000,
  /** What one answer may hold of one room, and in all. */
  roomAnswerBytes: 262_144,
  answerBytes: 524_288,
  /** How far the echo of a `message` may exceed MAX_PAYLOAD_BYTES (numbers can grow when they are written again). */
  echoExcessBytes: 65_536,
  /** Commands of one connection that wait or are under way. */
  waitingCommands: 32,
  /** Of one connection; those that count towards MESSAGES_PER_MINUTE do not count here as well. */
  commandsPerSecond: 50,
  /** REST requests of one user, but for those that count towards MESSAGES_PER_MINUTE. */
  requestsPerSecond: 50,
  socketsPerSession: 2,
  /** Of one user. */
  blocks: 1000,
} as const;
