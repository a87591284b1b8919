/** An API's own answer that isn't a success; Coatcheck's own problems are `CoatcheckError`s. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code = "api_answer";
  readonly status: number;
  /** The parsed JSON body, else the text. */
  readonly body: unknown;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, body: unknown, retryAfterSeconds?: number) {
    super(`The API answered ${status}.`);
    this.status = status;
    this.body = body;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
