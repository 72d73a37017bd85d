import type { Instruments } from "./instruments.ts";

/** What Redis says of itself. The names in the metrics are those of redis_exporter, which boards may know. */
export interface RedisFigures {
  readonly memoryUsedBytes: number;
  /** 0: none is set. */
  readonly memoryMaxBytes: number;
  readonly clients: number;
  /** Counted since it started, as are the keys that it dropped for want of memory. */
  readonly commandsProcessed: number;
  readonly keysEvicted: number;
  readonly uptimeSeconds: number;
  /** Whether what is acked is on disk. Null: it was not promised. */
  readonly isDurable: boolean | null;
}

/** Null: it does not answer. Then there are no samples, rather than old ones. */
export type ReadRedisFigures = () => Promise<RedisFigures | null>;

export function exportRedisFigures(make: Instruments, read: ReadRedisFigures): void {
  const shared = shareWhilePending(read);
  const gauge = (name: string, help: string, pick: (figures: RedisFigures) => number | null) =>
    make.sampledGauge(name, help, async () => picked(await shared(), pick));
  const counter = (name: string, help: string, pick: (figures: RedisFigures) => number) =>
    make.sampledCounter(name, help, async () => picked(await shared(), pick));
  gauge("redis_memory_used_bytes", "Memory that Redis uses.", (figures) => figures.memoryUsedBytes);
  gauge("redis_memory_max_bytes", "Redis' maxmemory; 0 is none.", (figures) => figures.memoryMaxBytes);
  gauge("redis_connected_clients", "Connections to Redis.", (figures) => figures.clients);
  gauge("redis_uptime_in_seconds", "Since Redis started.", (figures) => figures.uptimeSeconds);
  gauge(
    "websocket_engine_durable",
    "1 while Redis keeps what was acked, as REDIS_ACK promises.",
    ({ isDurable }) => (isDurable === null ? null : Number(isDurable)),
  );
  counter(
    "redis_commands_processed_total",
    "Commands that Redis ran.",
    (figures) => figures.commandsProcessed,
  );
  counter("redis_evicted_keys_total", "Keys dropped for want of memory.", (figures) => figures.keysEvicted);
}

function picked(figures: RedisFigures | null, pick: (figures: RedisFigures) => number | null): number | null {
  return figures === null ? null : pick(figures);
}

/** All metrics of one scrape ask at once, and get one answer. */
function shareWhilePending<T>(ask: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | null = null;
  return () => {
    pending ??= ask().finally(() => {
      pending = null;
    });
    return pending;
  };
}
