import type { Lie } from "../../lie.ts";
import { ABSENT } from "../absent.ts";

/** After signing out the browser comes back with another `name`, or without it. */
export function postLogoutParameter(name: string, value: string | typeof ABSENT): Lie {
  return {
    name: "post-logout-parameter",
    postLogoutRedirect(parameters) {
      if (value === ABSENT) parameters.delete(name);
      else parameters.set(name, value);
    },
  };
}
