import { createBrowserSessions, type SessionEnvelope } from "@coatcheck/session";

interface Named extends SessionEnvelope {
  readonly name: string;
}

/** Remembers a name for a browser, in a cookie that nobody else can read. @param cookieKey of `generateCookieKey` */
export function rememberNames(cookieKey: string) {
  return createBrowserSessions<Named, object>(
    {
      cookieKeys: [cookieKey],
      naming: { kind: "host" },
      idleTimeoutSeconds: 1800,
      absoluteTimeoutSeconds: 43_200,
      persistent: false,
      parseValue: (json) => (typeof (json as Named).name === "string" ? (json as Named) : undefined),
      parseTransaction: () => undefined,
    },
    { nowMs: () => Date.now(), randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
  );
}
