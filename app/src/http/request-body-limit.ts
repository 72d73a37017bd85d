/**
 * The largest valid body is a notification to 1,000 users whose ids are all escapes, of 6 bytes for each of 128
 * units, with its payload.
 */
export const requestBodyBytesMax = 1_048_576;

/** Where Bun itself cuts a request off, with an answer that says nothing: what is only a bit too large gets ours. */
export const requestBodyBytesCut = 2 * requestBodyBytesMax;
