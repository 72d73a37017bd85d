/** What chat needs of a WebSocket and of the server that owns all of them; Bun's objects fit as they are. */

export interface Socket {
  /** Bytes written, -1 when the frame had to be buffered, 0 when it was dropped. */
  send(text: string, compress?: boolean): number;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** What is sent inside goes out in one write. */
  cork(callback: () => void): unknown;
  ping(): number;
  close(code: number, reason: string): void;
  getBufferedAmount(): number;
}

export interface Broadcaster {
  /** As `send`; 0 or -1 when that is true of any subscriber. */
  publish(topic: string, text: string, compress?: boolean): number;
}
