import type { Instruments } from "./instruments.ts";

/** What is true at the moment of a scrape, asked for then. */
export type MetricSources = {
  readonly connections: () => number;
  readonly connectionsLimit: () => number;
  readonly sessions: () => number;
  readonly users: () => number;
  readonly rooms: () => number;
  readonly engineUp: () => boolean;
  /** Infinity until one came back. */
  readonly canaryAgeSeconds: () => number;
  /** From the first goodbye until it is taken back; also when nobody is left. */
  readonly isDraining: () => boolean;
  readonly drainRemaining: () => number;
};

export function exportGauges(make: Instruments, sources: MetricSources): void {
  make.gauge("websocket_connections_total", "Open sockets.", sources.connections);
  make.gauge("websocket_connections_limit", "Most sockets that may be open.", sources.connectionsLimit);
  make.gauge("websocket_sessions", "Sessions whose newest socket is here.", sources.sessions);
  make.gauge("websocket_users", "Users with a socket here.", sources.users);
  make.gauge("websocket_rooms", "Rooms with members here.", sources.rooms);
  make.gauge("websocket_engine_up", "1 while the engine answers.", () => Number(sources.engineUp()), "min");
  make.gauge(
    "websocket_engine_canary_age_seconds",
    "Since something sent through the engine last came back.",
    sources.canaryAgeSeconds,
    "max",
  );
  make.gauge(
    "websocket_draining",
    "1 while new handshakes are sent elsewhere.",
    () => Number(sources.isDraining()),
    "min",
  );
  make.gauge(
    "websocket_drain_remaining",
    "Sockets that a drain has still to see off.",
    sources.drainRemaining,
  );
}
