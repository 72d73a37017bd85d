import { dlopen, type Pointer, ptr } from "bun:ffi";

const AF_INET = 2;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const SOCK_NONBLOCK = 0o4000;
const SOL_IP = 0;
const IP_BIND_ADDRESS_NO_PORT = 24;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const RECEIVE_LIMIT_SECONDS = 5;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_DONTWAIT = 0x40;

/**
 * The socket calls of the C library. The load generator makes them itself, because what it measures can
 * deliver two million events a second: here a receiver costs one `recv` into a shared buffer and an
 * addition, and may be read when it suits the generator (see `receivers.ts`). `Bun.connect` and `node:net`
 * wake up for every packet, make an object for it, and were the bottleneck (figures in the README).
 */
export type Libc = ReturnType<typeof openLibc>;

export function openLibc() {
  const { symbols } = dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    close: { args: ["i32"], returns: "i32" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
    send: { args: ["i32", "ptr", "u64", "i32"], returns: "i32" },
    epoll_create1: { args: ["i32"], returns: "i32" },
    epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
    epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  });
  const one = new Int32Array([1]);
  const receiveLimit = new BigInt64Array([BigInt(RECEIVE_LIMIT_SECONDS), 0n]);

  /** A blocking socket, connected. */
  function connect(port: number, sourceHost: number): number {
    const fd = open(SOCK_STREAM_CLOEXEC, sourceHost);
    symbols.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, ptr(receiveLimit), 16);
    if (symbols.connect(fd, ptr(loopbackAddress(1, port)), 16) < 0)
      throw new Error(`cannot connect to ${port}`);
    return fd;
  }

  /** A socket that will be connected when the server's queue has had place for it. */
  function startConnecting(port: number, sourceHost: number): number {
    const fd = open(SOCK_STREAM_CLOEXEC | SOCK_NONBLOCK, sourceHost);
    symbols.connect(fd, ptr(loopbackAddress(1, port)), 16);
    return fd;
  }

  /** `sourceHost` n binds to 127.0.0.n: each has its own 28,000 ports. */
  function open(type: number, sourceHost: number): number {
    const fd = symbols.socket(AF_INET, type, 0);
    if (fd < 0) throw new Error("no more sockets: raise the limit of open files (ulimit -n)");
    symbols.setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, ptr(one), 4);
    symbols.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ptr(one), 4);
    symbols.bind(fd, ptr(loopbackAddress(sourceHost, 0)), 16);
    return fd;
  }

  /** Sends all of it. What the generator has in flight is bounded, so a full socket means a stuck server. */
  function send(fd: number, bytes: Uint8Array, length: number): void {
    const sent = symbols.send(fd, ptr(bytes), length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent !== length)
      throw new Error(`the server took ${sent} of ${length} bytes: it does not read or is gone`);
  }

  /** All of it or nothing: false while the socket is not connected. */
  function trySend(fd: number, bytes: Uint8Array): boolean {
    return symbols.send(fd, ptr(bytes), bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT) === bytes.length;
  }

  /** Bytes read; 0 at the end of the stream, negative when there is nothing to read. */
  function receive(fd: number, address: number, length: number): number {
    return symbols.recv(fd, address as Pointer, length, MSG_DONTWAIT);
  }

  /** Waits for bytes; negative when none came in 5 seconds. */
  function receiveBlocking(fd: number, address: number, length: number): number {
    return symbols.recv(fd, address as Pointer, length, 0);
  }

  return { ...symbols, connect, startConnecting, send, trySend, receive, receiveBlocking };
}

function loopbackAddress(host: number, port: number): Uint8Array {
  const address = new Uint8Array(16);
  address.set([AF_INET, 0, port >> 8, port & 0xff, 127, 0, 0, host]);
  return address;
}
