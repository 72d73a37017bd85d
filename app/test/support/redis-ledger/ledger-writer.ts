/** A message that one member sends until it is acked, before it sends another. */
export interface Sent {
  readonly clientId: string;
  readonly room: string;
  readonly sentAt: number;
}

export interface Acked extends Sent {
  readonly messageId: string;
  readonly seq: number;
  /** How often the author had been told that the room's position is void. */
  readonly resets: number;
}

/** What all members have sent, by command id, and how long it took until others saw it. */
export class DeliveryTimes {
  slowestMs = 0;
  readonly #sentAt = new Map<string, number>();

  sent({ clientId, sentAt }: Sent): void {
    this.#sentAt.set(clientId, sentAt);
  }

  seen(clientId: string): void {
    const sentAt = this.#sentAt.get(clientId);
    if (sentAt !== undefined) this.slowestMs = Math.max(this.slowestMs, performance.now() - sentAt);
  }
}
