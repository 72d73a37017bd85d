/** Where 0 is allowed it turns the limit off. Lengths are bytes, times milliseconds. */
export type Config = {
  readonly port: number;
  readonly host: string;
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  /** `loopback`, `private`, addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly heartbeatIntervalMs: number;
  readonly connectionTimeoutMs: number;
  readonly payloadBytesMax: number;
  readonly roomsPerConnection: number;
  /** As browsers write them in `Origin`, or `*`. Empty: same origin and localhost. */
  readonly allowedOrigins: readonly string[];
  readonly sendBufferBytes: number;
  readonly compressionThresholdBytes: number;
  readonly historyMessagesMax: number;
  readonly historyTtlMs: number;
  readonly databasePath: string;
  readonly logLevel: "error" | "warn" | "info" | "debug";
  readonly logDir: string;
  readonly color: "none" | "blue" | "green";
  readonly instanceId: string;
  readonly metricsToken?: string | undefined;
  readonly isProduction: boolean;
};
