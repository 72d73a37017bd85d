import { ChatRoom } from "../chat/chat-room.js";
import { keepRooms, keptRooms, roomsMax } from "./kept-rooms.js";

/** @typedef {import("../../client/index.ts").Client} Client */

/** The rooms of one client, in the order of joining. */
export class Rooms {
  #client;
  #owner;
  /** @type {Map<string, ChatRoom>} */
  #rooms = new Map();

  /** @param {Client} client @param {import("../chat/chat-room.js").Owner} owner */
  constructor(client, owner) {
    this.#client = client;
    this.#owner = owner;
    for (const name of keptRooms()) this.#rooms.set(name, new ChatRoom(client, name, owner));
  }

  get all() {
    return [...this.#rooms.values()];
  }

  get isFull() {
    return this.#rooms.size >= roomsMax;
  }

  /** @param {string} name */
  get(name) {
    return this.#rooms.get(name) ?? null;
  }

  /** Joins it, or tries again where that was refused. @param {string} name */
  join(name) {
    const room = this.get(name);
    if (room !== null) return room.isJoined || room.rejoin();
    this.#rooms.set(name, new ChatRoom(this.#client, name, this.#owner));
    keepRooms([...this.#rooms.keys()]);
  }

  /** @param {string} name */
  leave(name) {
    const room = this.get(name);
    this.#rooms.delete(name);
    keepRooms([...this.#rooms.keys()]);
    room?.leave();
  }

  /** Groups that the user is a member of, and has not joined here. */
  async others() {
    const names = await this.#client.rooms().catch(() => []);
    return names.filter((name) => !name.startsWith("notifications:") && !this.#rooms.has(name));
  }
}
