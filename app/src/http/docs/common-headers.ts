import { Type } from "@sinclair/typebox";

/** Of every answer, whatever it says. */
export const commonHeaders = {
  "Cache-Control": { schema: Type.Literal("no-store"), required: true },
  "X-Served-By": {
    schema: Type.String(),
    description: "Colour of the instance that answered.",
    required: true,
  },
};
