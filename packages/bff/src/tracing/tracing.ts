import type { HeaderList } from "@coatcheck/proxy";

export type SpanAttributes = Readonly<Record<string, string | number>>;

/** One step of a request, as a tracing system draws it. Nothing in it is a token, a cookie, a person or an address. */
export interface Span {
  /** Which span it is, for others that link to it. Opaque. */
  readonly identity: unknown;
  set(attributes: SpanAttributes): void;
  /** It didn't do what it was for. @param type a word, with few different values */
  fail(type: string): void;
  /** Names a span of another trace that did the work for this one. */
  link(identity: unknown): void;
}

export interface SpanStart {
  readonly name: string;
  /** `server`: answers a request, `client`: makes one. Default: neither. */
  readonly kind?: "server" | "client";
  readonly attributes?: SpanAttributes;
  /** Of a request that is answered: the trace that it belongs to, if it says so. */
  readonly incoming?: IncomingHeaders;
}

/** Of a request that is answered; their names are in lower case. */
export interface IncomingHeaders {
  get(name: string): string | undefined;
}

/** Draws what requests do. `createOpenTelemetry()` of `@coatcheck/bff/opentelemetry` makes one. */
export interface Tracing {
  /** Does work within a span that ends when the work does; spans that begin meanwhile are its children. */
  within<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T>;
  /**
   * The same for what is seldom worth a line: it is left out, and its attributes go to the span around it, where it took less
   * than a millisecond, nothing began within it, and it neither failed nor links to anything.
   */
  part<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T>;
  /**
   * Whether what begins now is to be drawn. Asked before `within`, which most requests then do without.
   *
   * @param incoming of a request that begins; not given: a part of what is under way
   */
  isDrawn(incoming?: IncomingHeaders): boolean;
  /**
   * What a request that is made now carries so that whoever gets it goes on with the trace.
   *
   * @param requestId 16 hex digits
   * @see https://www.w3.org/TR/trace-context/
   */
  headers(requestId: string): HeaderList;
  /** The ids of the span at work, for log lines. */
  current(): { readonly traceId: string; readonly spanId: string } | undefined;
  /** The trace of the span at work, if it is one that is kept: a metric may name it as an example of what it counts. */
  sampledTraceId?(): string | undefined;
}
