import { IncomingMessage } from "node:http";

/**
 * A request whose body was read already, readable once more.
 *
 * Faults need to know whose token a request presents before oidc-provider reads the body, and a stream can be read only once.
 */
export function replayRequest(original: IncomingMessage, body: Buffer): IncomingMessage {
  const replayed = new IncomingMessage(original.socket);
  replayed.method = original.method;
  replayed.url = original.url;
  replayed.headers = original.headers;
  replayed.rawHeaders = original.rawHeaders;
  replayed.httpVersion = original.httpVersion;
  replayed.httpVersionMajor = original.httpVersionMajor;
  replayed.httpVersionMinor = original.httpVersionMinor;
  replayed.push(body);
  replayed.push(null);
  replayed.complete = true;
  return replayed;
}
