import * as bff from "@coatcheck/bff";
import * as tokens from "@coatcheck/tokens";

/** The production code that a world runs: the checkout's, or a copy of it with a bug. */
export interface CodeUnderTest {
  readonly createBff: typeof bff.createBff;
  readonly createRecordLedger: typeof tokens.createRecordLedger;
  readonly createMemoryLedger: typeof tokens.createMemoryLedger;
  readonly TokensError: typeof tokens.TokensError;
}

export const CHECKOUT: CodeUnderTest = {
  createBff: bff.createBff,
  createRecordLedger: tokens.createRecordLedger,
  createMemoryLedger: tokens.createMemoryLedger,
  TokensError: tokens.TokensError,
};
