/** What an answer's body needs of the connection that it comes over. */
export interface BodySource {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

type Chunk = IteratorResult<Uint8Array, void>;

/** More than this waiting for the reader holds the upstream back. */
const MAX_WAITING_BYTES = 64 * 1024;
const END: Chunk = { done: true, value: undefined };
const EMPTY: Uint8Array = new Uint8Array();

/** The body of an answer: chunks are pushed in as a connection delivers them, and one reader takes them out at its pace. */
export class AnswerBody implements AsyncIterable<Uint8Array> {
  readonly #source: BodySource;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #reader: { readonly resolve: (chunk: Chunk) => void; readonly reject: (error: Error) => void } | undefined;
  #isEnded = false;
  #failure: Error | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  push(chunk: Uint8Array): void {
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#source.pause();
  }

  end(): void {
    this.#isEnded = true;
    this.#reader?.resolve(END);
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#reader?.reject(error);
  }

  /** All of it, where it has arrived already and is in one piece: most answers come in one packet. Leaves nothing to read. */
  takeWhole(): Uint8Array | undefined {
    return this.#isEnded && this.#waiting.length <= 1 ? (this.#waiting.pop() ?? EMPTY) : undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, void> {
    return {
      next: () => this.#next(),
      return: () => {
        this.#source.abort(new Error("the reader gave the body up"));
        return Promise.resolve(END);
      },
    };
  }

  #next(): Promise<Chunk> {
    const value = this.#waiting.shift();
    if (value !== undefined) {
      this.#waitingBytes -= value.byteLength;
      if (this.#waiting.length === 0) this.#source.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isEnded) return Promise.resolve(END);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }
}
