import type { Lie } from "../../lie.ts";
import { ABSENT } from "../absent.ts";

/** The browser comes back with another `name`, or without it. */
export function authorizationParameter(name: string, value: string | typeof ABSENT): Lie {
  return {
    name: "authorization-parameter",
    authorizationResponse(parameters) {
      if (value === ABSENT) parameters.delete(name);
      else parameters.set(name, value);
    },
  };
}
