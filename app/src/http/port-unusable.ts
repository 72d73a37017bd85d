/** The address cannot be listened on; the message is a line for the operator. */
export class PortUnusable extends Error {
  override readonly name = "PortUnusable";

  constructor(host: string, port: number, code: string) {
    super(`PORT=${port}, HOST=${host}: ${reasons[code] ?? `this address cannot be listened on (${code})`}.`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; stop it or choose another port",
  EACCES: "this user may not listen there; choose a port from 1024 on",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "this machine has no such address",
};
