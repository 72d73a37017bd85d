import { make } from "../dom/make.js";

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Each notification with what it says in words, where it does, and as it is. */
export class NotificationList {
  #elements;

  /** @param {{ list: HTMLElement, empty: HTMLElement }} elements */
  constructor(elements) {
    this.#elements = elements;
  }

  /** @param {import("./notifications.js").Notifications} notifications */
  draw({ items }) {
    this.#elements.list.replaceChildren(...items.map(makeItem));
    this.#elements.empty.hidden = items.length > 0;
  }
}

function makeItem({ payload, createdAt, from }) {
  const item = make("li", "notification");
  const heading = make("p", "notification-heading");
  const time = make("time", "", moment.format(createdAt));
  time.dateTime = new Date(createdAt).toISOString();
  heading.append(make("span", "tag", from === "me" ? "for you" : "for everybody"), time);
  item.append(heading, make("p", "notification-words", wordsOf(payload)));
  if (typeof payload !== "string") item.append(make("pre", "", JSON.stringify(payload, null, 2)));
  return item;
}

/** What most applications call them. @param {unknown} payload */
export function wordsOf(payload) {
  if (typeof payload === "string") return payload;
  const { title, subject, body, text, message } = /** @type {Record<string, unknown>} */ (payload ?? {});
  const words = [title ?? subject, body ?? text ?? message].filter((each) => typeof each === "string");
  return words.join(" – ");
}
