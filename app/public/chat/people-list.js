import { make } from "../dom/make.js";
import { makeAvatar } from "./avatar.js";

/** Who is in the room that is looked at. */
export class PeopleList {
  #elements;

  /** @param {{ list: HTMLElement, summary: HTMLElement }} elements */
  constructor(elements) {
    this.#elements = elements;
  }

  /** @param {import("./chat-room.js").ChatRoom | null} room */
  draw(room) {
    const { list, summary } = this.#elements;
    const { users = [], total = 0 } = room?.people ?? {};
    summary.textContent = room === null ? "Choose a room." : `${total} in ${room.name}`;
    list.replaceChildren(...users.map((user) => makePerson(user, room?.isMine({ authorId: user.userId }))));
    if (total > users.length) list.append(make("li", "soft", `and ${total - users.length} more`));
  }
}

function makePerson({ userId, userName, userImage }, isMe) {
  const item = make("li", "person");
  const name = make("span", "person-name", userName);
  if (isMe) name.append(make("span", "soft", " (you)"));
  item.append(makeAvatar(userId, userName, userImage), name);
  item.title = userId;
  return item;
}
