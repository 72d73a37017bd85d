const key = "holdline.rooms";
const first = "room:lobby";
/** So many rooms a page keeps; the server has a bound of its own. */
export const roomsMax = 50;

const roomPattern = /^(room|group):[A-Za-z0-9_.-]{1,64}$/;

/** @param {string} text what somebody typed; a name alone is one of a room. Null: it can be none. */
export function roomNamed(text) {
  const name = /^(room|group):/.test(text) ? text : `room:${text}`;
  return roomPattern.test(name) ? name : null;
}

/** The rooms of this tab, which survive a reload. @returns {string[]} */
export function keptRooms() {
  try {
    const names = JSON.parse(sessionStorage.getItem(key) ?? "");
    return names.filter((name) => roomPattern.test(name)).slice(0, roomsMax);
  } catch {
    return [first];
  }
}

/** @param {readonly string[]} names */
export function keepRooms(names) {
  sessionStorage.setItem(key, JSON.stringify(names));
}
