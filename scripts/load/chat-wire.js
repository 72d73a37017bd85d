// The wire protocol, as far as virtual users speak it. Imports nothing: it also runs outside k6.

/**
 * @typedef {{ type: string, id?: string, payload: any }} Frame
 * @typedef {{ readonly sender: string, readonly number: number, readonly sentAt: number, readonly previousSeq: number }} Note
 */

const noteForm = /^k6 (\S+) (\d+) (\d+) (\d+)$/;

/**
 * @param {string} type
 * @param {string} id
 * @param {object} payload
 */
export function encodeCommand(type, id, payload) {
  return JSON.stringify({ type, id, payload });
}

/**
 * What a text holds, one by one.
 * @param {string} text
 * @returns {Frame[]}
 */
export function framesIn(text) {
  /** @type {Frame} */
  const frame = JSON.parse(text);
  return frame.type === "batch" ? frame.payload.events : [frame];
}

/**
 * What a virtual user says: who it is, which of its messages this is (from 1), when it meant to send it (ms since 1970),
 * and where in the log it was told that its message before is, which all members must agree on.
 * @param {Note} note
 */
export function encodeNote({ sender, number, sentAt, previousSeq }) {
  return `k6 ${sender} ${number} ${Math.floor(sentAt)} ${previousSeq}`;
}

/**
 * Null: somebody else's text.
 * @param {unknown} content
 * @returns {Note | null}
 */
export function decodeNote(content) {
  const [, sender, number, sentAt, previousSeq] = noteForm.exec(String(content)) ?? [];
  if (sender === undefined) return null;
  return { sender, number: Number(number), sentAt: Number(sentAt), previousSeq: Number(previousSeq) };
}
