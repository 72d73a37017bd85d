/** What kind of client a member of a room is: the SDK, the SDK with its handover off, or one that knows neither. */
export type Kind = "handover" | "reconnect" | "plain";

export const kinds: readonly Kind[] = ["handover", "reconnect", "plain"];

/** How many clients there are, and how they are spread over rooms and processes. */
export interface LoadShape {
  /** Begins the names of all rooms and users, so that a run starts with empty logs. */
  readonly run: string;
  readonly url: string;
  readonly jwtSecret: string;
  readonly sockets: number;
  readonly membersPerRoom: number;
  readonly processes: number;
  /** Of this process: it runs the clients whose number leaves this rest. */
  readonly process: number;
  /** Handshakes per second, of all processes. */
  readonly openedPerSecond: number;
}

/** Senders are told apart by their place in their room, which a message's code keeps in 10 bits. */
export const membersPerRoomMax = 1_000;

/** Half of a room hand over, the rest are one half each of the other kinds. */
const kindsInTurn: readonly Kind[] = ["handover", "handover", "reconnect", "plain"];

export const roomsOf = ({ sockets, membersPerRoom }: LoadShape): number => sockets / membersPerRoom;
export const roomOf = (shape: LoadShape, client: number): number => Math.floor(client / shape.membersPerRoom);
export const placeOf = (shape: LoadShape, client: number): number => client % shape.membersPerRoom;

/** By pairs, so that every process has all kinds. */
export const kindAt = (place: number): Kind => kindsInTurn[Math.floor(place / 2) % 4] ?? "plain";

export const roomName = ({ run }: LoadShape, room: number): string => `room:${run}-${room}`;
/** Names the session, and its user. */
export const sessionOf = ({ run }: LoadShape, client: number): string => `${run}-${client}`;

export const membersOf = ({ membersPerRoom }: LoadShape, room: number): number[] =>
  Array.from({ length: membersPerRoom }, (_, place) => room * membersPerRoom + place);

/** An address of its own for each, out of 198.18.0.0/15 (RFC 2544). */
export function addressOf(client: number): string {
  const at = client + 1;
  return `198.${18 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`;
}
