/** The shapes of names that travel on the wire. Room names are safe inside JSON text and topic names as they are. */

export const connectionIdPattern = "^[A-Za-z0-9_-]{1,64}$";
export const roomPattern = "^((room|group):[A-Za-z0-9_.-]{1,64}|notifications:(me|all))$";

/** 1–128 UTF-16 units without control characters (Unicode's Cc). Well-formed text it has to be besides. */
export const userIdPattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,128}$";

const connectionIdExpression = new RegExp(connectionIdPattern);
const roomExpression = new RegExp(roomPattern);
const userIdExpression = new RegExp(userIdPattern);

export const isConnectionId = (value: string): boolean => connectionIdExpression.test(value);
export const isRoom = (value: string): boolean => roomExpression.test(value);
export const isUserId = (value: string): boolean => userIdExpression.test(value) && value.isWellFormed();

/** The protocol version that this server speaks, as number and as WebSocket subprotocol. */
export const protocolVersion = 1;
export const subprotocol = "holdline.v1";
