import type { Endpoint, Lie } from "../../lie.ts";

/** The endpoint sends its caller, secrets and all, elsewhere. */
export function redirect(endpoint: Endpoint, location: string, status = 307): Lie {
  return {
    name: "redirect",
    reply: (answered, normal) =>
      answered === endpoint ? { status, headers: { location }, body: null } : normal,
  };
}
