/** Some issuers publish dozens of keys, each with its certificates. */
const answerBytesMax = 262_144;

/** The text of a key set. Rejects within `timeoutMs`; its errors name neither the URL nor what was answered. */
export async function fetchKeySet(url: string, timeoutMs: number): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { accept: "application/json, application/jwk-set+json" };
  // Not followed: the operator has said where the keys are.
  const response = await fetch(url, { signal, headers, redirect: "manual" }).catch(hideFault);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the key server answered ${response.status}`);
  }
  return readBounded(response).catch(hideFault);
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) throw new KeySetTooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

class KeySetTooLarge extends Error {}

/** Errors of `fetch` hold the URL, and that may hold a password. */
function hideFault(error: unknown): never {
  if (error instanceof KeySetTooLarge) throw new Error(`the key set is larger than ${answerBytesMax} bytes`);
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  throw new Error(isTimeout ? "the key server did not answer in time" : "the key server cannot be reached");
}
