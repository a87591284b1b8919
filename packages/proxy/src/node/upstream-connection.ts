import { Socket } from "node:net";
import { buildConnector, Client, type Dispatcher } from "undici";

/** What is known of a connection, beside what undici does with it. */
export interface ConnectionState {
  /** An answer has come over it before: a break at the next request's start may be the end of its idle time. */
  isReused: boolean;
  /** A request is on its way, and nothing of its answer has come. */
  isAnswerDue: boolean;
}

/** A handler that wants to know which connection took its call. */
export interface ConnectionAware extends Dispatcher.DispatchHandler {
  onConnectionChosen(state: ConnectionState): void;
}

export interface UpstreamConnectionOptions extends Omit<Client.Options, "connect"> {
  readonly connect: buildConnector.BuildOptions;
}

const GONE: ReadonlySet<string | undefined> = new Set(["EPIPE", "ECONNRESET"]);
const ONE = 0x31;
const CONTINUE = /^HTTP\/1\.\d 100[ \r]/u;

/** One connection to an upstream: undici's client, which reads an answer also where it could have given up. */
export class UpstreamConnection extends Client {
  readonly #state: ConnectionState;

  constructor(origin: URL, { connect: connectOptions, ...options }: UpstreamConnectionOptions) {
    const state: ConnectionState = { isReused: false, isAnswerDue: false };
    const connect = buildConnector({ ...connectOptions, allowH2: false });
    super(origin, {
      ...options,
      connect(target, callback) {
        connect(target, (...made: Parameters<typeof callback>) => {
          const [, socket] = made;
          // The types say `null`; after a failure it isn't given at all.
          if (socket instanceof Socket) {
            state.isReused = false;
            keepReading(socket);
            skipContinue(socket, state);
          }
          callback(...made);
        });
      },
    });
    this.#state = state;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: ConnectionAware): boolean {
    handler.onConnectionChosen(this.#state);
    return super.dispatch(options, handler);
  }
}

/**
 * A server may answer and close while it is still being written to. Node gives a socket up at the first write that fails,
 * and the answer that has arrived with it; here the failed write is left pending, and reading brings the answer or the end.
 */
function keepReading(socket: Socket): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  type Callback = (error?: Error | null) => void;
  function unlessGone(callback: Callback): Callback {
    return (error) => {
      if (error instanceof Error && "code" in error && GONE.has(String(error.code))) return;
      callback(error);
    };
  }
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, unlessGone(callback));
  if (writev !== undefined) socket._writev = (chunks, callback) => writev(chunks, unlessGone(callback));
}

/** Some servers send `100 Continue` unasked. undici takes it for an attack; RFC 9110 section 15.2 wants it ignored. */
function skipContinue(socket: Socket, state: ConnectionState): void {
  const read = socket.read.bind(socket);
  socket.read = (size) => {
    let chunk: unknown = read(size);
    while (state.isAnswerDue && chunk instanceof Buffer && isContinue(chunk)) {
      const end = chunk.indexOf("\r\n\r\n");
      if (end === -1) break;
      chunk = end + 4 < chunk.length ? chunk.subarray(end + 4) : read(size);
    }
    return chunk;
  };
}

function isContinue(chunk: Buffer): boolean {
  // The status's first digit: without this look, each answer's head would be made a string once more.
  return chunk[9] === ONE && CONTINUE.test(chunk.toString("latin1", 0, 13));
}
