import type { HeaderList, PlainResponse } from "@coatcheck/proxy";

/** An answer as plain values, before any framework has it; a body of our own is a text. */
export interface BffResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: PlainResponse["body"] | string;
}
