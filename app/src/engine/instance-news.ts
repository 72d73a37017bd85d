import type { User } from "../chat/identity.ts";

/**
 * What instances tell each other beside the log's events, as texts on the same channels. An event begins with a digit,
 * each of these with a word; whoever does not know a word ignores the text.
 */

/** What an instance says of users in a room. Those of one room follow each other without a hole in their versions. */
export interface PresenceNews {
  readonly kind: "presence";
  readonly version: number;
  readonly lease: string;
  readonly said: readonly Present[];
}

interface TypingNews {
  readonly kind: "typing";
  readonly instance: string;
  readonly user: User;
  readonly isTyping: boolean;
}

/** Messages that were taken of a session. */
interface CountNews {
  readonly kind: "count";
  readonly connectionId: string;
  readonly count: number;
}

export type InstanceNews = PresenceNews | TypingNews | CountNews;

/** A user in a room, or, with null, one who has left it. */
export interface Present {
  readonly user: User;
  readonly sessions: number | null;
}

export const encodePresent = ({ user, sessions }: Present): string =>
  JSON.stringify([sessions, user.id, user.name, user.image]);

export function decodePresent(text: string): Present {
  const [sessions, id, name, image] = JSON.parse(text);
  return { user: { id, name, image }, sessions };
}

export const encodeTyping = (instance: string, { id, name, image }: User, isTyping: boolean): string =>
  `typing\n${JSON.stringify([instance, isTyping, id, name, image])}`;

/** Connection ids hold no space. */
export const encodeCount = (connectionId: string, count: number): string => `count ${connectionId} ${count}`;

/** Null: of a kind that is not known here. Throws where it is not to be understood. */
export function decodeNews(text: string): InstanceNews | null {
  const [head = "", ...lines] = text.split("\n");
  const [word, first = "", second = ""] = head.split(" ");
  switch (word) {
    case "presence":
      return { kind: word, version: Number(first), lease: second, said: lines.map(decodePresent) };
    case "typing":
      return decodeTyping(lines[0] ?? "");
    case "count":
      return { kind: word, connectionId: first, count: Number(second) };
    default:
      return null;
  }
}

function decodeTyping(text: string): TypingNews {
  const [instance, isTyping, id, name, image] = JSON.parse(text);
  return { kind: "typing", instance, isTyping, user: { id, name, image } };
}
