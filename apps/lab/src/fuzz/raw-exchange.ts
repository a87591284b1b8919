import { connect } from "node:net";

/** What a server wrote on one connection. */
export interface RawReply {
  /** Of the last final answer; `undefined`: the connection was closed without one. */
  readonly status: number | undefined;
  /** By lower-case name; repeated fields stand in the order received. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
  /** Every byte, as Latin-1 text. */
  readonly whole: string;
  /** The server neither answered nor closed in time. */
  readonly hung: boolean;
}

/** Longer than every deadline of the server that a request without an upstream can run into. */
const DEADLINE_MS = 20_000;

/**
 * Writes bytes to a loopback port and reads what comes until the server closes. Never rejects.
 *
 * @param bytes one request or anything else; a whole request should say `Connection: close`
 * @param options `endAfterMs`: after a silence of so long our side is ended, and the server has to close: bytes that are
 *   no whole request get no answer, and others a connection that is kept
 */
export function exchangeBytes(
  port: number,
  bytes: Uint8Array,
  options: { readonly endAfterMs?: number } = {},
): Promise<RawReply> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let hung = false;
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const timer = setTimeout(() => {
      hung = true;
      socket.destroy();
    }, DEADLINE_MS);
    const silence =
      options.endAfterMs === undefined ? undefined : setTimeout(() => socket.end(), options.endAfterMs);
    socket.on("data", (chunk) => {
      silence?.refresh();
      chunks.push(chunk);
    });
    // A reset is an answer, too: the server may close on a request that it won't read to the end.
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      clearTimeout(timer);
      clearTimeout(silence);
      resolve({ ...parseAnswer(Buffer.concat(chunks).toString("latin1")), hung });
    });
    socket.write(bytes);
  });
}

function parseAnswer(whole: string): Omit<RawReply, "hung"> {
  let rest = whole;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    const [statusLine = "", ...fields] = rest.slice(0, end === -1 ? undefined : end).split("\r\n");
    const status = /^HTTP\/1\.1 (\d{3})/u.exec(statusLine)?.[1];
    if (status === undefined) return { status: undefined, headers: new Map(), body: "", whole };
    const body = end === -1 ? "" : rest.slice(end + 4);
    if (status.startsWith("1")) {
      rest = body;
      continue;
    }
    const headers = new Map<string, readonly string[]>();
    for (const field of fields) {
      const colon = field.indexOf(":");
      const name = field.slice(0, colon).toLowerCase();
      headers.set(name, [...(headers.get(name) ?? []), field.slice(colon + 1).trim()]);
    }
    return { status: Number(status), headers, body, whole };
  }
}

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** The request's bytes; header values and body are Latin-1 text. A body gets its `Content-Length` unless one is given. */
export function requestBytes({ method, target, headers, body }: RawRequest): Uint8Array {
  const isFramed = headers.some(([name]) => /^(?:content-length|transfer-encoding)$/iu.test(name));
  const framing = body === undefined || isFramed ? "" : `Content-Length: ${body.length}\r\n`;
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const text = `${method} ${target} HTTP/1.1\r\n${fields}${framing}Connection: close\r\n\r\n${body ?? ""}`;
  return Buffer.from(text, "latin1");
}
