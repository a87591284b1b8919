import { SIGN_IN_PARAMETER } from "@coatcheck/contract";
import type { SignInOutcome } from "@coatcheck/contract";
import type { ReturnPath } from "./return-path.ts";

/**
 * Where a failed sign-in sends the browser: back into the app, with one of our fixed words for why, and nothing of what the
 * provider said (S-025).
 */
export function withOutcome(path: ReturnPath, outcome: SignInOutcome): string {
  const [beforeHash = "", ...hash] = path.split("#");
  const [pathname = "", ...query] = beforeHash.split("?");
  const kept = query
    .join("?")
    .split("&")
    .filter((pair) => pair !== "" && pair.split("=")[0] !== SIGN_IN_PARAMETER);
  const search = [...kept, `${SIGN_IN_PARAMETER}=${outcome}`].join("&");
  return `${pathname}?${search}${hash.length === 0 ? "" : `#${hash.join("#")}`}`;
}
