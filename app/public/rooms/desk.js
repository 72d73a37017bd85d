import { oncePerFrame } from "../dom/once-per-frame.js";
import { UnreadTitle } from "../dom/unread-title.js";
import { NotificationList, wordsOf } from "../notifications/notification-list.js";
import { Notifications } from "../notifications/notifications.js";
import { RoomFinder } from "./room-finder.js";
import { RoomList, showBadge } from "./room-list.js";
import { Rooms } from "./rooms.js";

/** @typedef {import("../../client/index.ts").Client} Client */

const inbox = "notifications";

/** One client's rooms and notifications, one of which is looked at. */
export class Desk {
  #options;
  #list;
  #finder;
  #notificationList;
  #title = new UnreadTitle();
  /** @type {Rooms | null} */
  #rooms = null;
  /** @type {Notifications | null} */
  #notifications = null;
  #selected = "";
  #draw = oncePerFrame(() => this.#drawNow());

  /** @param {{ elements: Record<string, any>, chat: import("../chat/chat-view.js").ChatView,
   *   people: import("../chat/people-list.js").PeopleList, say: (text: string) => void,
   *   show: (view: string) => void }} options */
  constructor(options) {
    this.#options = options;
    const { elements } = options;
    const actions = { onSelect: (name) => this.#open(name), onLeave: (name) => this.#leave(name) };
    this.#list = new RoomList(elements.roomList, actions);
    const { findRoom: form, roomName: name, knownRooms: known, roomProblem: problem } = elements;
    this.#finder = new RoomFinder({ form, name, known, problem }, (room) => this.#join(room));
    this.#notificationList = new NotificationList({
      list: elements.notifications,
      empty: elements.noNotifications,
    });
    elements.inbox.addEventListener("click", () => this.#open(inbox));
    document.addEventListener("visibilitychange", () => this.#draw());
  }

  /** @param {Client} client */
  open(client) {
    for (const room of this.#rooms?.all ?? []) this.#options.chat.forget(room);
    this.#rooms = new Rooms(client, {
      changed: () => this.#draw(),
      said: (room, message) => this.#said(room, message),
    });
    this.#notifications = new Notifications(client, {
      changed: () => this.#draw(),
      told: (notification) => this.#told(notification),
    });
    client.on("connected", ({ limits }) => this.#connected(limits));
    const [first] = this.#rooms.all;
    this.#select(this.#rooms.get(this.#selected)?.name ?? first?.name ?? inbox);
  }

  #connected({ messageChars }) {
    this.#options.chat.composer.charsMax = messageChars;
    void this.#offer();
  }

  async #offer() {
    this.#finder.offer((await this.#rooms?.others()) ?? []);
  }

  /** Of the user's own will: in a narrow window the room comes into sight. */
  #open(name) {
    this.#select(name);
    this.#options.show("chat");
  }

  #select(name) {
    const { elements, chat } = this.#options;
    this.#selected = name;
    const room = this.#rooms?.get(name) ?? null;
    elements.room.hidden = room === null;
    elements.inboxPanel.hidden = room !== null;
    if (room !== null) chat.show(room);
    this.#drawNow();
  }

  #join(name) {
    if (this.#rooms?.get(name) === null && this.#rooms.isFull) return false;
    this.#rooms?.join(name);
    this.#open(name);
    return true;
  }

  #leave(name) {
    const room = this.#rooms?.get(name) ?? null;
    if (room !== null) this.#options.chat.forget(room);
    this.#rooms?.leave(name);
    if (this.#selected === name) this.#select(this.#rooms?.all[0]?.name ?? inbox);
    else this.#drawNow();
    this.#options.elements.inbox.focus();
  }

  #said(room, { authorName, content }) {
    const { chat, say } = this.#options;
    const isShown = room.name === this.#selected;
    if (isShown) chat.announce();
    if (!isShown || document.hidden) room.unread += 1;
    this.#title.count();
    say(`${authorName}${isShown ? "" : ` in ${room.name}`}: ${content}`);
  }

  #told({ payload }) {
    this.#title.count();
    this.#options.say(`Notification: ${wordsOf(payload)}`);
  }

  #drawNow() {
    const { elements, chat, people } = this.#options;
    const [rooms, notifications] = [this.#rooms, this.#notifications];
    if (rooms === null || notifications === null) return;
    const selected = rooms.get(this.#selected);
    this.#look(selected, notifications);
    this.#list.draw(rooms.all, this.#selected);
    showBadge(elements.inbox.querySelector(".badge"), notifications.unread);
    elements.inbox.toggleAttribute("aria-current", selected === null);
    const unread = rooms.all.reduce((sum, room) => sum + room.unread, notifications.unread);
    showBadge(elements.roomsBadge, unread);
    if (selected === null) this.#notificationList.draw(notifications);
    chat.draw();
    people.draw(selected);
  }

  /** What is in sight of somebody who looks is read. */
  #look(selected, notifications) {
    if (document.hidden || !this.#options.elements.chat.checkVisibility()) return;
    if (selected === null) notifications.unread = 0;
    else selected.unread = 0;
  }
}
