/** The shapes of names that travel on the wire. Room names are safe inside JSON text and topic names as they are. */

const connectionIdPattern = "^[A-Za-z0-9_-]{1,64}$";
export const roomPattern = "^((room|group):[A-Za-z0-9_.-]{1,64}|notifications:(me|all))$";

const connectionIdExpression = new RegExp(connectionIdPattern);
const roomExpression = new RegExp(roomPattern);

export const isConnectionId = (value: string): boolean => connectionIdExpression.test(value);
export const isRoom = (value: string): boolean => roomExpression.test(value);

/** The protocol version that this server speaks, as number and as WebSocket subprotocol. */
export const protocolVersion = 1;
export const subprotocol = "holdline.v1";
