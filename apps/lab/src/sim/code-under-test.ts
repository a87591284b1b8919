import * as bff from "@coatcheck/bff/internal";
import * as tokens from "@coatcheck/tokens";

/** The production code that a world runs: the checkout's, or a copy of it with a bug. */
export interface CodeUnderTest {
  readonly assembleBff: typeof bff.assembleBff;
  readonly createRecordLedger: typeof tokens.createRecordLedger;
  readonly createMemoryLedger: typeof tokens.createMemoryLedger;
  readonly TokensError: typeof tokens.TokensError;
}

export const CHECKOUT: CodeUnderTest = {
  assembleBff: bff.assembleBff,
  createRecordLedger: tokens.createRecordLedger,
  createMemoryLedger: tokens.createMemoryLedger,
  TokensError: tokens.TokensError,
};
