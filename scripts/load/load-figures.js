import { Counter, Rate, Trend } from "k6/metrics";

const isTime = true;

/** What load-scenarios.js sets thresholds on; times in ms. */
export const figures = {
  /** From the first try to open a socket to the server's greeting on it. */
  connectTime: new Trend("connect_time", isTime),
  /** From the moment a message was due to its arrival at each other member, who has the same clock: all are in one process. */
  messageLatency: new Trend("message_latency", isTime),
  /** From the moment a message was due to its sender's ack. */
  ackLatency: new Trend("ack_latency", isTime),
  /** Sessions in which nothing went wrong. */
  success: new Rate("success"),
  /** Sockets and commands that were refused, cut or left without an answer. */
  errors: new Rate("errors"),
  sessions: new Counter("sessions"),
  acked: new Counter("acked"),
  lost: new Counter("lost"),
  /** By the end of a session, on another socket as well: nobody knows what became of them. */
  unacked: new Counter("unacked"),
  doubled: new Counter("doubled"),
  outOfOrder: new Counter("out_of_order"),
  /** Sockets that took over from another one, which said goodbye or was cut. */
  resumed: new Counter("resumed"),
  /** Positions that the server could not resume. */
  reset: new Counter("reset"),
};
