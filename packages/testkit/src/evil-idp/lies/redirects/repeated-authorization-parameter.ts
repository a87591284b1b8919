import type { Lie } from "../../lie.ts";

/** The browser comes back with `name` a second time. */
export function repeatedAuthorizationParameter(name: string, value: string): Lie {
  return {
    name: "repeated-authorization-parameter",
    authorizationResponse: (parameters) => parameters.append(name, value),
  };
}
