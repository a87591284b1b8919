import type { BodyStream, HeaderList } from "@coatcheck/proxy";

/** An answer as plain values, before any framework has it; a body that is there already is a text. */
export interface BffResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: BodyStream | string | null;
}
