import type { SdkMember } from "./sdk-member.ts";

/** Calls back whenever somebody is said to come or go; a room also compares who is there before and after each move. */
export async function countPresenceEvents(members: readonly SdkMember[], onEvent: () => void): Promise<void> {
  for (const { client, copies } of members) {
    client.on("frame", ({ text }) => {
      if (/"user_(joined|left)"/.test(text)) onEvent();
    });
    for (const name of copies.keys()) {
      const room = client.room(name);
      for (const type of ["userJoined", "userLeft"] as const) room.on(type, onEvent);
      await room.presence();
    }
  }
}
