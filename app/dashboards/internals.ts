import { board } from "./board.ts";
import { engine } from "./internals/engine.ts";
import { http } from "./internals/http.ts";
import { process } from "./internals/process.ts";
import { redis } from "./internals/redis.ts";
import { traefik } from "./internals/traefik.ts";
import { watching } from "./internals/watching.ts";

export const internals = board({
  uid: "holdline-internals",
  title: "Holdline: Internals",
  description: "What the servers, Redis, Traefik and Prometheus are busy with.",
  rows: [process, engine, redis, http, traefik, watching],
});
