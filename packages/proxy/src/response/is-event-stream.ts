import { type HeaderList, valuesOf } from "../http-message.ts";

/** Whether an answer is `text/event-stream`: it has no end of its own. */
export function isEventStream(headers: HeaderList): boolean {
  const [contentType = ""] = valuesOf(headers, "content-type");
  return /^text\/event-stream\s*(?:;|$)/iu.test(contentType);
}
