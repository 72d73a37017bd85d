import type { PresenceChange } from "./engine-instances.ts";
import type { User } from "./identity.ts";
import type { PresencePlaces } from "./presence-places.ts";

const nowhere: readonly PresenceChange[] = [];

/**
 * Who is in one room on the other instances: the last that each instance said of each user. Until it is read what
 * was said before, who has left is remembered as well, since what is said meanwhile is newer than what is read.
 */
export class PresenceElsewhere {
  readonly #places: PresencePlaces;
  readonly #byUser = new Map<string, readonly PresenceChange[]>();
  readonly #goneBeforeRead = new Set<string>();
  #isRead = false;

  constructor(places: PresencePlaces) {
    this.#places = places;
  }

  get isRead(): boolean {
    return this.#isRead;
  }

  /** Only once it is read. */
  has(userId: string): boolean {
    return this.#byUser.has(userId);
  }

  /** In how many sessions. */
  sessionsOf(userId: string): number {
    return (this.#byUser.get(userId) ?? nowhere).reduce((sum, { sessions }) => sum + (sessions ?? 0), 0);
  }

  /** Each user once, as the last said who told of them. */
  *users(): Generator<User> {
    for (const changes of this.#byUser.values()) {
      const last = changes.findLast(isPresent);
      if (last !== undefined) yield last.user;
    }
  }

  /** Takes the place of what the same instance said of the same user. Without a place for it, it is not noted. */
  note(change: PresenceChange): void {
    const known = this.#byUser.get(change.user.id) ?? nowhere;
    const others = known.filter(({ instance }) => instance !== change.instance);
    const isKept = isPresent(change) || !this.#isRead;
    this.#replace(change.user.id, known, isKept ? [...others, change] : others);
  }

  #replace(userId: string, known: readonly PresenceChange[], changes: readonly PresenceChange[]): void {
    if (!this.#places.take(changes.length - known.length)) return;
    if (changes.length === 0) this.#byUser.delete(userId);
    else this.#byUser.set(userId, changes);
  }

  /** What was said before this was begun. Answers who has left and is nowhere else. */
  finish(read: readonly PresenceChange[]): readonly User[] {
    for (const change of read) if (!this.#knows(change)) this.note(this.#asOfNow(change));
    this.#isRead = true;
    this.#goneBeforeRead.clear();
    return [...this.#byUser.values()].flatMap((changes) => this.#dropLeft(changes));
  }

  #knows({ user, instance }: PresenceChange): boolean {
    return this.#byUser.get(user.id)?.some((known) => known.instance === instance) === true;
  }

  #asOfNow(change: PresenceChange): PresenceChange {
    return this.#goneBeforeRead.has(change.instance) ? { ...change, sessions: null } : change;
  }

  #dropLeft(changes: readonly PresenceChange[]): readonly User[] {
    const present = changes.filter(isPresent);
    const [first] = changes;
    if (first === undefined || present.length === changes.length) return [];
    this.#replace(first.user.id, changes, present);
    return present.length === 0 ? [first.user] : [];
  }

  /** What is to be noted now that an instance has died. */
  goneWith(instance: string): readonly PresenceChange[] {
    if (!this.#isRead) this.#goneBeforeRead.add(instance);
    const said = [...this.#byUser.values()].flat().filter((change) => change.instance === instance);
    return said.map((change) => ({ ...change, sessions: null }));
  }

  /** Of what was said: what is to be noted now that this is all there is. */
  missingIn(read: readonly PresenceChange[]): readonly PresenceChange[] {
    const readKeys = new Set(read.map(keyOf));
    const said = [...this.#byUser.values()].flat().filter((change) => !readKeys.has(keyOf(change)));
    return said.map((change) => ({ ...change, sessions: null }));
  }

  /** Gives all its places back. */
  forget(): void {
    for (const changes of this.#byUser.values()) this.#places.take(-changes.length);
    this.#byUser.clear();
  }
}

/** An instance's name holds no space. */
const keyOf = ({ instance, user }: PresenceChange): string => `${instance} ${user.id}`;

const isPresent = ({ sessions }: PresenceChange): boolean => sessions !== null;
