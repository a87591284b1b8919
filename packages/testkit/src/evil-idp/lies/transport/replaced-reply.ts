import type { Endpoint, Lie } from "../../lie.ts";
import type { Reply } from "../../reply.ts";

/** The endpoint does its work and answers something else. */
export function replacedReply(endpoint: Endpoint, replacement: Partial<Reply>): Lie {
  return {
    name: "replaced-reply",
    reply: (answered, normal) => (answered === endpoint ? { ...normal, ...replacement } : normal),
  };
}
