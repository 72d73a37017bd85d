const graceSeconds = 5;

/** What one instance has to know of the room. */
interface View {
  readonly members: Set<string>;
  /** Users who left, and the second in which their grace ends. */
  readonly lingering: Map<string, number>;
  /** What its members have to be told, from the beginning. */
  readonly news: string[];
}

/**
 * Promise 7, as simply as it can be said: one room, any instances, everything known everywhere at once, and time in
 * whole seconds.
 */
export class PresenceModel {
  #now = 0;
  readonly #views = new Map<string, View>();
  /** Each member's user and instance. */
  readonly #members = new Map<string, { readonly user: string; readonly instance: string }>();
  readonly #leftAt = new Map<string, number>();

  start(instance: string): void {
    this.#views.set(instance, { members: new Set(), lingering: new Map(), news: [] });
  }

  newsOf(instance: string): readonly string[] {
    return this.#view(instance).news;
  }

  /** Each user's sessions, and 0 for who lingers there; ordered. */
  listAt(instance: string): string[] {
    const counts = new Map([...this.#view(instance).lingering.keys()].map((user) => [user, 0]));
    for (const { user } of this.#members.values()) counts.set(user, (counts.get(user) ?? 0) + 1);
    return [...counts].map(([user, count]) => `${user} ${count}`).sort();
  }

  join(member: string, user: string, instance: string): void {
    const view = this.#view(instance);
    if (view.members.size === 0) this.#learn(view);
    const wasPresent = this.#isPresent(user);
    this.#members.set(member, { user, instance });
    for (const other of this.#views.values())
      if (!wasPresent && (other === view || other.members.size > 0)) tellJoined(other, user);
    view.members.add(member);
  }

  /** It follows the room from now on. */
  #learn(view: View): void {
    for (const user of this.#users()) view.lingering.delete(user);
    for (const [user, at] of this.#leftAt)
      if (!this.#isPresent(user) && this.#now - at < graceSeconds && !view.lingering.has(user))
        view.lingering.set(user, this.#now + graceSeconds);
  }

  leave(member: string): void {
    const { user = "", instance = "" } = this.#members.get(member) ?? {};
    this.#members.delete(member);
    if (!this.#isPresent(user)) this.#linger(user);
    this.#view(instance).members.delete(member);
  }

  kill(instance: string): void {
    const gone = [...this.#members].filter(([, member]) => member.instance === instance);
    this.#views.delete(instance);
    for (const [member] of gone) this.#members.delete(member);
    for (const user of new Set(gone.map(([, member]) => member.user)))
      if (!this.#isPresent(user)) this.#linger(user);
  }

  #linger(user: string): void {
    this.#leftAt.set(user, this.#now);
    for (const { members, lingering } of this.#views.values())
      if (members.size > 0) lingering.set(user, this.#now + graceSeconds);
  }

  /** A second goes by. */
  tick(): void {
    this.#now += 1;
    for (const { members, lingering, news } of this.#views.values())
      for (const [user, endsAt] of lingering) {
        if (endsAt > this.#now) continue;
        lingering.delete(user);
        if (members.size > 0) news.push(`-${user}`);
      }
  }

  #isPresent(user: string): boolean {
    return this.#users().has(user);
  }

  #users(): Set<string> {
    return new Set([...this.#members.values()].map(({ user }) => user));
  }

  #view(instance: string): View {
    const view = this.#views.get(instance);
    if (view === undefined) throw new Error(`there is no ${instance}`);
    return view;
  }
}

function tellJoined({ members, lingering, news }: View, user: string): void {
  if (!lingering.delete(user) && members.size > 0) news.push(`+${user}`);
}
