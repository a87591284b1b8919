import type { Mutant } from "../mutation.ts";
import { BFF_MUTANTS } from "./bff.ts";
import { GUARD_MUTANTS } from "./guard.ts";
import { LEDGER_MUTANTS } from "./ledgers.ts";
import { OAUTH_MUTANTS } from "./oauth.ts";
import { PROVIDER_MUTANTS } from "./providers.ts";
import { PRESET_MUTANTS } from "./presets.ts";
import { PROXY_MUTANTS } from "./proxy.ts";
import { SCALE_MUTANTS } from "./scale.ts";
import { SERVER_MUTANTS } from "./server.ts";
import { SESSION_MUTANTS } from "./session.ts";
import { TOKENS_MUTANTS } from "./tokens.ts";

export const MUTANTS: readonly Mutant[] = [
  ...GUARD_MUTANTS,
  ...SESSION_MUTANTS,
  ...TOKENS_MUTANTS,
  ...LEDGER_MUTANTS,
  ...PROXY_MUTANTS,
  ...OAUTH_MUTANTS,
  ...PRESET_MUTANTS,
  ...BFF_MUTANTS,
  ...PROVIDER_MUTANTS,
  ...SCALE_MUTANTS,
  ...SERVER_MUTANTS,
];
