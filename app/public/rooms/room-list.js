import { make, makeButton } from "../dom/make.js";
import { RovingFocus } from "../dom/roving-focus.js";

/**
 * @typedef {{ name: string, unread: number, isAway: boolean, problem: string }} ListedRoom
 * @typedef {{ onSelect(name: string): void, onLeave(name: string): void }} Actions
 */

const unreadShownMax = 99;

/** The joined rooms: arrow keys go through them, Delete leaves one. */
export class RoomList {
  #list;
  #actions;
  #roving;
  /** @type {Map<string, HTMLElement>} */
  #items = new Map();

  /** @param {HTMLElement} list @param {Actions} actions */
  constructor(list, actions) {
    this.#list = list;
    this.#actions = actions;
    this.#roving = new RovingFocus({ list, selector: ".room" });
  }

  /** @param {readonly ListedRoom[]} rooms @param {string} selected */
  draw(rooms, selected) {
    const names = new Set(rooms.map(({ name }) => name));
    for (const [name, item] of this.#items) if (!names.has(name)) this.#remove(name, item);
    for (const room of rooms) this.#show(this.#itemOf(room.name), room, room.name === selected);
    this.#roving.refresh();
  }

  #remove(name, item) {
    item.remove();
    this.#items.delete(name);
  }

  #itemOf(name) {
    const item = this.#items.get(name) ?? this.#make(name);
    this.#items.set(name, item);
    return item;
  }

  #make(name) {
    const item = make("li", "room-item");
    const room = makeButton({ text: "", className: "room", onClick: () => this.#actions.onSelect(name) });
    room.append(make("span", "room-name", name), make("span", "badge"));
    room.addEventListener("keydown", ({ key }) => key === "Delete" && this.#actions.onLeave(name));
    const leave = makeButton({
      ...{ text: "✕", label: `Leave ${name}`, className: "quiet leave" },
      onClick: () => this.#actions.onLeave(name),
    });
    item.append(room, leave);
    this.#list.append(item);
    return item;
  }

  #show(item, { unread, isAway, problem }, isSelected) {
    const [room, leave] = /** @type {HTMLElement[]} */ ([...item.children]);
    if (isSelected) room.setAttribute("aria-current", "true");
    else room.removeAttribute("aria-current");
    leave.hidden = !isSelected;
    item.classList.toggle("away", isAway);
    room.title = problem;
    showBadge(room.querySelector(".badge"), unread);
  }
}

/** @param {Element | null} badge @param {number} unread */
export function showBadge(badge, unread) {
  if (!(badge instanceof HTMLElement)) return;
  badge.hidden = unread === 0;
  badge.textContent = unread > unreadShownMax ? `${unreadShownMax}+` : String(unread);
  badge.setAttribute("aria-label", `${unread} unread`);
  badge.setAttribute("role", "img");
}
