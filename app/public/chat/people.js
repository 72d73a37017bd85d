/** @typedef {{ userId: string, userName: string, userImage: string | null }} Person */

/** On top of the server's 5 s, for a message that is late. */
const typingMaxMs = 6000;

/** Who is in a room, and who of them types. */
export class People {
  /** @type {Map<string, Person>} */
  #users = new Map();
  /** @type {Map<string, { userName: string, timer: number }>} */
  #typing = new Map();
  #onChange;
  total = 0;
  /** Listens no more. */
  end;

  /** @param {import("../../client/index.ts").Room} room @param {() => void} onChange */
  constructor(room, onChange) {
    this.#onChange = onChange;
    const ends = [
      room.on("presence", ({ users, total }) => this.#replace(users, total)),
      room.on("userJoined", (user) => this.#joined(user)),
      room.on("userLeft", ({ userId }) => this.#left(userId)),
      room.on("typing", (typing) => this.#types(typing)),
    ];
    this.end = () => {
      for (const end of ends) end();
    };
  }

  /** @returns {readonly Person[]} */
  get users() {
    return [...this.#users.values()].sort((one, other) => one.userName.localeCompare(other.userName));
  }

  get typists() {
    return [...this.#typing.values()].map(({ userName }) => userName);
  }

  hasWritten(userId) {
    this.#stop(userId);
  }

  #replace(users, total) {
    this.#users = new Map(users.map((user) => [user.userId, user]));
    this.#count(total);
  }

  #joined(user) {
    this.#users.set(user.userId, user);
    this.#count(this.total + 1);
  }

  #left(userId) {
    this.#users.delete(userId);
    this.#stop(userId);
    this.#count(this.total - 1);
  }

  #types({ userId, userName, isTyping }) {
    this.#stop(userId);
    if (isTyping) this.#start(userId, userName);
    this.#onChange();
  }

  #count(total) {
    this.total = Math.max(total, this.#users.size);
    this.#onChange();
  }

  #start(userId, userName) {
    const timer = setTimeout(() => {
      this.#typing.delete(userId);
      this.#onChange();
    }, typingMaxMs);
    this.#typing.set(userId, { userName, timer });
  }

  #stop(userId) {
    clearTimeout(this.#typing.get(userId)?.timer);
    this.#typing.delete(userId);
  }
}
