import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { sleep } from "../stage/sleep.ts";
import { writeBytes } from "./write-bytes.ts";

export interface StreamClientOptions {
  readonly port: number;
  readonly host: string;
  readonly origin: string;
  /** Of the route, before the API's own paths. */
  readonly prefix: string;
  readonly cookie: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A signed-in page that moves large bodies. */
export interface StreamClient {
  /** @param lateMs stops reading for so long after the first bytes @returns how many bytes came */
  download(bytes: number, lateMs?: number): Promise<number>;
  /** @returns how many bytes the API has read */
  upload(bytes: number): Promise<number>;
  /** Leaves in the middle of a download. @returns milliseconds until the API saw it */
  leaveDownload(seen: Promise<number>): Promise<number>;
  /** Leaves in the middle of an upload. @returns milliseconds until the API saw it */
  leaveUpload(seen: Promise<number>): Promise<number>;
  /** Confirms each event as it comes, without which the next isn't sent. @returns how long each took, in milliseconds */
  readEvents(count: number, confirm: (id: number) => void): Promise<readonly number[]>;
}

const LEFT_AT_BYTES = 512 * 1024;
const SEEN_WITHIN_MS = 30_000;
/** An event that is held back never comes, since the next one waits for it. */
const EVENT_WITHIN_MS = 10_000;

export function createStreamClient(options: StreamClientOptions): StreamClient {
  function open(method: "GET" | "POST", path: string, length?: number): ClientRequest {
    return request({
      host: "127.0.0.1",
      port: options.port,
      method,
      path: options.prefix + path,
      agent: false,
      headers: {
        ...options.headers,
        host: options.host,
        "sec-fetch-site": "same-origin",
        "sec-fetch-mode": "cors",
        "sec-fetch-dest": "empty",
        cookie: options.cookie,
        ...(method === "GET"
          ? {}
          : { origin: options.origin, "content-type": "application/octet-stream", "content-length": length }),
      },
    });
  }

  async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    if (answer.statusCode !== 200) throw new Error(`The answer was ${answer.statusCode}.`);
    return answer;
  }

  async function leave(sent: ClientRequest, seen: Promise<number>): Promise<number> {
    const leftAtMs = performance.now();
    // What comes of a request that one has left.
    sent.on("error", () => undefined);
    sent.destroy();
    const seenAtMs = await Promise.race([seen, sleep(SEEN_WITHIN_MS).then(() => Infinity)]);
    return Math.round(seenAtMs - leftAtMs);
  }

  return {
    async download(bytes, lateMs = 0) {
      const sent = open("GET", `/bytes/${bytes}`);
      sent.end();
      const answer = await answerTo(sent);
      let received = 0;
      let isLate = lateMs > 0;
      for await (const chunk of answer) {
        received += (chunk as Buffer).length;
        if (isLate) await sleep(lateMs);
        isLate = false;
      }
      return received;
    },
    async upload(bytes) {
      const sent = open("POST", "/sink", bytes);
      const answering = answerTo(sent);
      await writeBytes(sent, bytes);
      sent.end();
      let text = "";
      for await (const chunk of await answering) text += String(chunk);
      return (JSON.parse(text) as { readonly bytes: number }).bytes;
    },
    async leaveDownload(seen) {
      const sent = open("GET", "/endless");
      sent.end();
      const answer = await answerTo(sent);
      answer.on("error", () => undefined);
      await once(answer, "data");
      return leave(sent, seen);
    },
    async leaveUpload(seen) {
      const sent = open("POST", "/sink", 2 * LEFT_AT_BYTES);
      await writeBytes(sent, LEFT_AT_BYTES);
      // Otherwise it would leave before anything has reached the API.
      await sleep(200);
      return leave(sent, seen);
    },
    async readEvents(count, confirm) {
      const sent = open("GET", `/events/${count}`);
      sent.setTimeout(EVENT_WITHIN_MS, () => sent.destroy(new Error("An event is held back.")));
      sent.end();
      const answer = await answerTo(sent);
      answer.setEncoding("utf8");
      const took: number[] = [];
      let text = "";
      let sinceMs = performance.now();
      for await (const part of answer) {
        text += String(part);
        for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
          const id = Number(/^id: (\d+)/u.exec(text)?.[1]);
          text = text.slice(end + 2);
          took.push(Math.round(performance.now() - sinceMs));
          sinceMs = performance.now();
          confirm(id);
        }
      }
      return took;
    },
  };
}
