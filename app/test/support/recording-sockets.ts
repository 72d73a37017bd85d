import type { Broadcaster, Socket } from "../../src/chat/socket.ts";

/** A frame as a client sees it. */
export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Sockets that write down what they are sent, and the topics between them. */
export class RecordingSockets implements Broadcaster {
  readonly #topics = new Map<string, Set<RecordingSocket>>();
  /** How many texts went to a topic. */
  publishCount = 0;

  open(): RecordingSocket {
    return new RecordingSocket(this);
  }

  publish(topic: string, text: string, isCompressed = false): number {
    this.publishCount += 1;
    const results = [...(this.#topics.get(topic) ?? [])].map((socket) => socket.send(text, isCompressed));
    return Math.min(text.length, ...results);
  }

  join(topic: string, socket: RecordingSocket): void {
    this.#topics.set(topic, (this.#topics.get(topic) ?? new Set()).add(socket));
  }

  leave(topic: string, socket: RecordingSocket): void {
    this.#topics.get(topic)?.delete(socket);
  }

  /** A closed socket hears of no topic any more. */
  forget(socket: RecordingSocket): void {
    for (const subscribers of this.#topics.values()) subscribers.delete(socket);
  }
}

export class RecordingSocket implements Socket {
  readonly #sockets: RecordingSockets;
  readonly texts: string[] = [];
  closedWith: { readonly code: number; readonly reason: string } | null = null;
  pings = 0;
  isLastCompressed = false;
  /** What `getBufferedAmount` says. */
  buffered = 0;
  /** Called within `close`, as Bun does. */
  onClosed: (code: number, reason: string) => void = () => {};

  constructor(sockets: RecordingSockets) {
    this.#sockets = sockets;
  }

  send(text: string, isCompressed = false): number {
    if (this.closedWith !== null) return 0;
    this.isLastCompressed = isCompressed;
    this.texts.push(text);
    return this.buffered > 0 ? -1 : text.length;
  }

  subscribe(topic: string): void {
    this.#sockets.join(topic, this);
  }

  unsubscribe(topic: string): void {
    this.#sockets.leave(topic, this);
  }

  cork(callback: () => void): void {
    callback();
  }

  ping(): number {
    this.pings += 1;
    return 1;
  }

  close(code: number, reason: string): void {
    if (this.closedWith !== null) return;
    this.closedWith = { code, reason };
    this.#sockets.forget(this);
    this.onClosed(code, reason);
  }

  getBufferedAmount(): number {
    return this.buffered;
  }

  /** Every frame so far; batches taken apart, as clients do. */
  get frames(): Frame[] {
    return this.texts.flatMap((text) => takeApart(JSON.parse(text) as Frame));
  }

  /** The answer to a command, if it is there. */
  answerTo(id: string): Frame | undefined {
    return this.frames.find((frame) => frame.id === id);
  }

  /** The frames of some types, everything else left out. */
  framesOf(...types: readonly string[]): Frame[] {
    return this.frames.filter(({ type }) => types.includes(type));
  }
}

/** The events of a batch, or the frame itself. */
export function takeApart(frame: Frame): Frame[] {
  return frame.type === "batch" ? (frame.payload.events as Frame[]) : [frame];
}
