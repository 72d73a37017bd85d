import { randomId } from "../dom/random-id.js";

const key = "holdline.connectionId";

/**
 * The connectionId of this tab: it survives a reload, and with it who the guest is. A duplicated tab copies the
 * storage, so where locks exist the second one sees that the id is taken and makes its own.
 */
export async function sessionId() {
  const kept = sessionStorage.getItem(key);
  return kept !== null && (await isFree(kept)) ? kept : newSessionId();
}

export async function newSessionId() {
  const id = randomId();
  sessionStorage.setItem(key, id);
  await isFree(id);
  return id;
}

/** One that the client has chosen itself. @param {string} id */
export function keepSessionId(id) {
  sessionStorage.setItem(key, id);
}

/** Takes the id for as long as the page lives, if nobody has it. */
function isFree(id) {
  if (navigator.locks === undefined) return true;
  return new Promise((resolve) => {
    const hold = (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    };
    navigator.locks.request(`${key}:${id}`, { ifAvailable: true }, hold);
  });
}
