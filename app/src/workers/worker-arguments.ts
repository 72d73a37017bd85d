/** What a worker is told by its parent, beside the environment of both. */
export interface WorkerArguments {
  readonly port: number;
  readonly instanceId: string;
  /** Counts from 1; the worker that takes its place has the same. */
  readonly slot: number;
  /** Whether another serves in its place until it is ready. */
  readonly isSuccessor: boolean;
}

const flag = "--worker=";

export const encodeWorkerArguments = (given: WorkerArguments): string => flag + JSON.stringify(given);

/** Null: this process is no worker. */
export function readWorkerArguments(args: readonly string[]): WorkerArguments | null {
  const text = args.find((argument) => argument.startsWith(flag));
  return text === undefined ? null : (JSON.parse(text.slice(flag.length)) as WorkerArguments);
}
