import type { Lie } from "../../lie.ts";

/** The browser comes back with an error instead of a code. */
export function authorizationError(error: string, description?: string): Lie {
  return {
    name: "authorization-error",
    authorizationResponse(parameters) {
      parameters.delete("code");
      parameters.set("error", error);
      if (description !== undefined) parameters.set("error_description", description);
    },
  };
}
