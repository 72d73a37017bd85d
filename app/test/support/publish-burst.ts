import { WsClient } from "./ws-client.ts";

interface Burst {
  readonly rooms: readonly string[];
  readonly messagesPerRoom: number;
  readonly content: string;
  readonly sendersPerRoom: number;
}

/** What a server lets one connection have in flight. */
const pipelined = 32;

/** Sends into all rooms at once, as fast as the server acks: every sender keeps its pipeline full. */
export async function publishBurst(url: string, { rooms, messagesPerRoom, ...burst }: Burst): Promise<void> {
  const jobs = rooms.flatMap((room) => {
    let left = messagesPerRoom;
    const takeOne = (): boolean => left-- > 0;
    return Array.from({ length: burst.sendersPerRoom }, () => ({ room, content: burst.content, takeOne }));
  });
  await Promise.all(jobs.map((job) => sendAll(url, job)));
}

interface SenderJob {
  readonly room: string;
  readonly content: string;
  /** Whether there is one more to send. */
  readonly takeOne: () => boolean;
}

async function sendAll(url: string, job: SenderJob): Promise<void> {
  const client = await WsClient.connect(`${url}/ws/chat`);
  await client.join(job.room);
  await Promise.all(Array.from({ length: pipelined }, () => keepSending(client, job)));
  await client.close();
}

async function keepSending(client: WsClient, { room, content, takeOne }: SenderJob): Promise<void> {
  while (takeOne()) {
    const { type, payload } = await client.ask("send_message", { room, content });
    if (type === "error") throw new Error(`not stored: ${JSON.stringify(payload)}`);
  }
}
