import { BURST, SLOW_TOKEN_ENDPOINT } from "./burst.ts";
import { ENDS_WHILE_TYPING } from "./ends-while-typing.ts";
import { OLD_COOKIE } from "./old-cookie.ts";
import { PROVIDER_DOWN } from "./provider-down.ts";
import { SIGN_OUT_RACE } from "./sign-out-race.ts";
import type { Storm } from "./storm-ports.ts";
import { TEN_TABS } from "./ten-tabs.ts";

/** What can go wrong between a page and its provider, each as a button. */
export const STORMS: readonly Storm[] = [
  BURST,
  TEN_TABS,
  PROVIDER_DOWN,
  SLOW_TOKEN_ENDPOINT,
  OLD_COOKIE,
  ENDS_WHILE_TYPING,
  SIGN_OUT_RACE,
];
