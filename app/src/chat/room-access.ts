import { type Refusal, refuse } from "../protocol/errors.ts";

/** Whether a user may join and read a room. Groups and notifications have no members yet, so nobody may. */
export function refuseRoom(room: string): Refusal | null {
  return room.startsWith("room:") ? null : refuse("forbidden", `You may not join ${room}.`);
}
