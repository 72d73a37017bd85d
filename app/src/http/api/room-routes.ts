import { Type } from "@sinclair/typebox";
import { listRooms } from "../../chat/list-rooms.ts";
import { readPresence } from "../../chat/presence-list.ts";
import { responsePayloads } from "../../protocol/responses.ts";
import { apiRoute } from "./api-route.ts";
import { examples, next, pageBounds, paging, room } from "./api-schemas.ts";

const mine = apiRoute({
  method: "GET",
  path: "/rooms",
  name: "listRooms",
  tag: "Rooms",
  summary: "List one's rooms",
  description:
    "Those that one's sockets have joined, and the groups that one is a member of, ordered by name.",
  countsAs: "read",
  params: {},
  query: paging,
  answers: {
    200: {
      description: "A page.",
      schema: Type.Object({ rooms: Type.Array(room), next }),
      example: { rooms: [examples.group, examples.room], next: null },
    },
  },
  refusals: [],
  run: ({ hub, identity, query }) => listRooms(hub, identity, pageBounds(query)),
});

const presence = apiRoute({
  method: "GET",
  path: "/rooms/:room/presence",
  name: "readPresence",
  tag: "Rooms",
  summary: "Tell who is in a room",
  description:
    "At most 100 users and how many there are, without those on the other side of a block. Nobody is told who reads notifications.",
  countsAs: "read",
  params: { room },
  query: {},
  answers: {
    200: {
      description: "Who is there now.",
      schema: responsePayloads.presence,
      example: {
        room: examples.room,
        users: [{ userId: "alice", userName: "Alice", userImage: null, connections: 1 }],
        total: 1,
      },
    },
  },
  refusals: ["forbidden"],
  run: ({ hub, identity, params }) => readPresence(hub, identity, params.room),
});

export const roomRoutes = [mine, presence];
