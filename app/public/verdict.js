/**
 * Why a handshake failed: browsers hide the answer to it, but a plain GET of the same address gets the same verdict.
 *
 * @typedef {{ isFinal: boolean, isIdTaken: boolean, waitMs: number, message: string }} Verdict
 * @param {URL} url
 * @returns {Promise<Verdict>}
 */
export async function askWhy(url) {
  try {
    const response = await fetch(url, { cache: "no-store" });
    const { error } = await response.json();
    return {
      isFinal: [400, 401, 403].includes(response.status),
      isIdTaken: response.status === 409,
      waitMs: Number(response.headers.get("retry-after") ?? 0) * 1000,
      message: response.status === 426 ? "" : error.message,
    };
  } catch {
    return { isFinal: false, isIdTaken: false, waitMs: 0, message: "The server cannot be reached." };
  }
}
