// What an app would load that used all of both packages; `size.test.ts` weighs it.
export * from "@coatcheck/client";
export * from "../src/index.ts";
