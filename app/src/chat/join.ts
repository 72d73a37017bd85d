import type { JoinRoom } from "../protocol/commands.ts";
import { type Refusal, refuse } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Admission } from "./admissions.ts";
import type { Answer } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { ChatLimits } from "./context.ts";
import type { HistoryBounds, HistoryPage, ResetReason } from "./engine.ts";
import { type EncodedEvent, encodeSkipped } from "./event-frames.ts";
import { encodePage, withoutDeleted } from "./history.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import { JoinEntry } from "./join-entry.ts";
import { refuseRoom } from "./room-access.ts";
import type { RoomFeed } from "./room-feed.ts";
import { roomLog } from "./room-log.ts";
import type { EncodedReplay } from "./shared-replays.ts";

/** What the log said about one room, complete up to its seq. */
type RoomRead =
  | Extract<EncodedReplay, { recovered: true }>
  | (HistoryPage & { readonly recovered: false; readonly reason: ResetReason });

/** A room that may be joined: its feed has reached what was read, and records what comes after. */
interface Prepared {
  readonly room: string;
  readonly feed: RoomFeed;
  readonly read: RoomRead;
}

type RefusedRoom = Refusal & { readonly room: string };
type Outcome = Prepared | RefusedRoom;

const isPrepared = (outcome: Outcome): outcome is Prepared => "feed" in outcome;

/** Room for the fields around a room's events, and for those around all rooms. */
const envelopeBytes = 512;

/** Joins rooms, each with what the client missed there, or with the newest messages. */
export async function join(
  hub: Hub,
  connection: Connection,
  requests: readonly JoinRoom[],
  bytesMax: number,
): Promise<Answer> {
  const problem = requests.find((request) => (request.epoch === undefined) !== (request.seq === undefined));
  if (problem !== undefined) return refuse("bad_message", "payload.rooms: epoch and seq come together.");
  const distinct = [...new Map(requests.map((request) => [request.room, request])).values()];
  const rooms = distinct.map(({ room }) => room);
  const admission = hub.admissions.begin(connection, connection.identity, rooms);
  return enterWith(hub, admission, await prepareEach(hub, admission, distinct), bytesMax);
}

/** Whatever keeps a room from being joined becomes its refusal. */
async function prepareEach(
  hub: Hub,
  admission: Admission,
  requests: readonly JoinRoom[],
): Promise<readonly Outcome[]> {
  const { connection, identity } = admission;
  const rights = await Promise.all(requests.map(({ room }) => refuseUnread(hub, identity, room)));
  const hidden = [...hub.blocks.hiddenFrom(identity.user.id)];
  const refusals = admit(connection, hub.context.limits, requests, rights);
  return await Promise.all(
    requests.map((request, index) => {
      const refusal = refusals[index] ?? null;
      return refusal === null ? prepare(hub, admission, request, hidden) : { ...refusal, room: request.room };
    }),
  );
}

function enterWith(hub: Hub, admission: Admission, outcomes: readonly Outcome[], bytesMax: number): Answer {
  const entry = new JoinEntry(hub, admission, outcomes.filter(isPrepared));
  try {
    const json = describe(hub, admission.connection, entry, outcomes, bytesMax);
    if (Buffer.byteLength(json) <= bytesMax) return { ok: true, json, entry };
  } catch (error) {
    entry.abandon();
    throw error;
  }
  entry.abandon();
  return refuse("too_large");
}

/** Whom the user may not see has to be known before anything is shown. */
async function refuseUnread(hub: Hub, identity: Identity, room: string): Promise<Refusal | null> {
  try {
    await hub.blocks.load(identity.user.id);
    return await hub.access.refuseRead(identity, room);
  } catch (error) {
    hub.context.log.error("task.failed", { stage: "join", error });
    return refuse("unavailable");
  }
}

/** Refuses those for which this connection has no places left; the rooms that it is in have theirs. */
function admit(
  connection: Connection,
  { roomsPerConnection }: ChatLimits,
  requests: readonly JoinRoom[],
  refusals: readonly (Refusal | null)[],
): (Refusal | null)[] {
  let free = roomsPerConnection === 0 ? requests.length : roomsPerConnection - connection.roomCount;
  return requests.map(({ room }, index) => {
    const refusal = refusals[index] ?? null;
    if (refusal !== null || connection.isJoined(room)) return refusal;
    free -= 1;
    return free < 0 ? refuse("room_limit") : null;
  });
}

async function prepare(
  hub: Hub,
  admission: Admission,
  request: JoinRoom,
  hidden: readonly string[],
): Promise<Outcome> {
  const { room } = request;
  const viewerId = admission.identity.user.id;
  const place = roomLog(room, viewerId);
  let feed: RoomFeed | null = null;
  try {
    feed = await hub.feeds.take(place);
    if (feed === null) return { ...refuse("unavailable", "This server follows too many rooms."), room };
    const read = await readRoom(hub, feed, request, { viewerId, hidden });
    await feed.follower.reach(read);
    if (admission.lossOf(room) === undefined) return { room, feed, read };
    hub.feeds.release(feed);
    return { ...refuseRoom(room), room };
  } catch (error) {
    if (feed !== null) hub.feeds.release(feed);
    hub.context.log.error("task.failed", { stage: "join", error });
    return { ...refuse("unavailable"), room };
  }
}

async function readRoom(
  hub: Hub,
  feed: RoomFeed,
  { epoch, seq, replayMax = limits.replayMaxDefault }: JoinRoom,
  viewer: Pick<HistoryBounds, "viewerId" | "hidden">,
): Promise<RoomRead> {
  let reason: ResetReason = "new";
  if (epoch !== undefined && seq !== undefined) {
    const replay = await hub.replays.read(feed, { epoch, seq }, replayMax);
    if (replay.recovered) return replay;
    reason = replay.reason;
  }
  const bounds = {
    ...viewer,
    before: null,
    limit: limits.resetMessages,
    textUnitsMax: limits.roomAnswerBytes,
  };
  return { ...(await hub.context.engine.history(feed.log, bounds)), recovered: false, reason };
}

/** Writes the answer's payload, sharing the bytes between the rooms, and tells `entry` where each room goes live. */
function describe(
  hub: Hub,
  connection: Connection,
  entry: JoinEntry,
  outcomes: readonly Outcome[],
  bytesMax: number,
): string {
  const rooms: string[] = [];
  let bytesLeft = bytesMax - envelopeBytes;
  for (const [index, outcome] of outcomes.entries()) {
    const roomsLeft = outcomes.length - index;
    const share = Math.min(limits.roomAnswerBytes, Math.floor(bytesLeft / roomsLeft));
    const text = isPrepared(outcome)
      ? describeRoom(hub, connection, entry, outcome, share, bytesLeft - (roomsLeft - 1) * envelopeBytes)
      : describeRefusal(hub, outcome);
    bytesLeft -= Buffer.byteLength(text) + 1;
    rooms.push(text);
  }
  return `{"rooms":[${rooms.join(",")}]}`;
}

function describeRefusal({ context }: Hub, { room, code, message }: RefusedRoom): string {
  context.metrics.resumed("refused", code === "forbidden" || code === "room_limit" ? code : "unavailable");
  return JSON.stringify({ room, ok: false, code, message });
}

function describeRoom(
  hub: Hub,
  connection: Connection,
  entry: JoinEntry,
  prepared: Prepared,
  share: number,
  bytesLeft: number,
): string {
  const { room, read, feed } = prepared;
  if (!read.recovered) {
    hub.context.metrics.resumed(read.reason === "new" ? "new" : "reset", read.reason);
    const { items, hasMore } = encodePage(withoutDeleted(read, feed), share - envelopeBytes);
    entry.goLive(room, read);
    const place = `"room":"${room}","ok":true,"epoch":"${read.epoch}","seq":${read.seq}`;
    const reset = `"recovered":false,"reason":"${read.reason}"`;
    return `{${place},${reset},"messages":[${items.join(",")}],"hasMore":${hasMore}}`;
  }
  const events = fitEvents(connection, feed, read.encoded, share - envelopeBytes, bytesLeft - envelopeBytes);
  const isWhole = read.isComplete && events.length === read.events.length;
  const seq = isWhole ? read.seq : (read.events[0]?.seq ?? 0) - 1 + events.length;
  if (isWhole) entry.goLive(room, read);
  hub.context.metrics.resumed("recovered", isWhole ? "none" : "more");
  const place = `"room":"${room}","ok":true,"epoch":"${read.epoch}","seq":${seq}`;
  return `{${place},"recovered":true,"events":[${events.join(",")}]${isWhole ? "" : ',"more":true'}}`;
}

/** The first events as frames, up to the room's share; one goes in whenever the whole answer still has place for it. */
function fitEvents(
  connection: Connection,
  { room, recording }: RoomFeed,
  events: readonly EncodedEvent[],
  share: number,
  bytesLeft: number,
): string[] {
  const frames: string[] = [];
  let bytes = 0;
  for (const { event, frame: shown } of events) {
    const isSkipped = connection.hides(event) || recording.isDeleted(event);
    const frame = isSkipped ? encodeSkipped(room, event) : shown;
    bytes += Buffer.byteLength(frame) + 1;
    if (bytes > (frames.length === 0 ? bytesLeft : share)) break;
    frames.push(frame);
  }
  return frames;
}
