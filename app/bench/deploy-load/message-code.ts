/** Which message it is: the sender's place in the room, and the how manyeth of the sender. Fits 32 bits. */
export interface SentMessage {
  readonly code: number;
  /** On the machine's clock, in ms with fractions: all processes of a run are on one machine. */
  readonly sentAt: number;
}

const numberBits = 22;
const numberMax = 2 ** numberBits - 1;

/** About the length of a chat message. */
const padding = "the quick brown fox jumps over the lazy dog, and so does the message";

export const codeOf = (place: number, number: number): number => place * 2 ** numberBits + number;
export const placeIn = (code: number): number => code >>> numberBits;
export const numberIn = (code: number): number => code & numberMax;

export const machineTime = (): number => performance.timeOrigin + performance.now();

export const contentOf = ({ code, sentAt }: SentMessage): string => `${code} ${sentAt.toFixed(2)} ${padding}`;

export function readContent(content: string): SentMessage {
  const codeEnd = content.indexOf(" ");
  const timeEnd = content.indexOf(" ", codeEnd + 1);
  return { code: Number(content.slice(0, codeEnd)), sentAt: Number(content.slice(codeEnd + 1, timeEnd)) };
}
