/** What went wrong; all of it 0 where a promise was kept. */
export interface Tally {
  /** Stored, and not told to a member. */
  lost: number;
  doubled: number;
  disordered: number;
  /** Told to one as another message than to others, or not what was acked under that number. */
  altered: number;
  notificationsLost: number;
  notificationsDoubled: number;
  notificationsDisordered: number;
  /** Users said to come or go while nobody did. */
  presence: number;
  /** Positions declared void. */
  resets: number;
  /** Writes refused for good, and clients that gave up. */
  refused: number;
}

export const newTally = (): Tally => ({
  lost: 0,
  doubled: 0,
  disordered: 0,
  altered: 0,
  notificationsLost: 0,
  notificationsDoubled: 0,
  notificationsDisordered: 0,
  presence: 0,
  resets: 0,
  refused: 0,
});

export function addTally(sum: Tally, other: Tally): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += other[name];
}
