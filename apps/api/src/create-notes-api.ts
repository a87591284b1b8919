import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createAccessTokenVerifier } from "./access-token-verifier.ts";
import type { BearerEnv } from "./bearer.ts";
import { requireBoundTokens } from "./bound-tokens.ts";
import { requireCertificateBoundTokens } from "./certificate-bound-tokens.ts";
import { createFileRoutes } from "./files/file-routes.ts";
import { openNoteStore, type NoteStore } from "./note-store.ts";
import { createNotesRoutes } from "./notes-routes.ts";
import { NotesApiError } from "./notes-api-error.ts";
import { problem } from "./problem.ts";

export interface NotesApiOptions {
  /** Expected `iss` of access tokens. */
  readonly issuer: string;
  /** Where the issuer's keys are. Default: what its metadata says. */
  readonly jwksUri?: string;
  /** Expected `aud` of access tokens. */
  readonly audience: string;
  /** `:memory:` or a file path. */
  readonly database: string;
  /** Gives the people of the demo a few notes on their first visit. Default `false`. */
  readonly seed?: boolean;
  /** Who deletes all notes at once must have signed in within so many seconds (RFC 9470). Default 120. */
  readonly recentSignInSeconds?: number;
  /** Takes only access tokens that are bound to a key (DPoP, RFC 9449), each proof with a nonce of ours. Default `false`. */
  readonly boundTokens?: boolean;
  /**
   * Takes only access tokens that are bound to the certificate of their connection (RFC 8705), so it has to be served over TLS.
   * Default `false`.
   */
  readonly certificateBoundTokens?: boolean;
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly nowMs?: () => number;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** Told of errors that nobody expected. Default: nobody. */
  readonly onDefect?: (error: unknown) => void;
}

const RECENT_SIGN_IN_SECONDS = 120;
/** 20,000 characters, each escaped as six, with room for the title. */
const MAX_REQUEST_BYTES = 256 * 1024;
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/**
 * The demo's resource server: notes by person at `/v1` and their files at `/files`, guarded by access tokens. No CORS: browsers come by the BFF.
 *
 * @throws {NotesApiError} `options_invalid`
 */
export function createNotesApi(options: NotesApiOptions): Hono<BearerEnv> {
  return createNotesApp(options, openStore(options));
}

/** Opens the store that the options name. @throws {NotesApiError} `options_invalid` */
export function openStore({ database, nowMs = Date.now }: NotesApiOptions): NoteStore {
  try {
    return openNoteStore(database, nowMs);
  } catch (cause) {
    throw new NotesApiError("options_invalid", `database: ${database} can't be opened.`, { cause });
  }
}

/** The same over a store that the caller opened and closes. @throws {NotesApiError} `options_invalid` */
export function createNotesApp(options: NotesApiOptions, store: NoteStore): Hono<BearerEnv> {
  for (const [name, value] of Object.entries({ issuer: options.issuer, jwksUri: options.jwksUri })) {
    if (value !== undefined && !URL.canParse(value)) {
      throw new NotesApiError("options_invalid", `${name}: ${value} is not an absolute URL.`);
    }
  }
  if (options.audience === "") throw new NotesApiError("options_invalid", "audience: it can't be empty.");

  const nowMs = options.nowMs ?? Date.now;
  const verify = createAccessTokenVerifier({
    issuer: options.issuer,
    jwksUri: options.jwksUri,
    audience: options.audience,
    nowMs,
    fetch: options.fetch ?? fetch,
  });
  const app = new Hono<BearerEnv>();
  app.onError((error, c) => {
    options.onDefect?.(error);
    return problem(c, "internal");
  });
  app.notFound((c) => problem(c, "not_found"));
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  const required = [
    ...(options.boundTokens === true ? [requireBoundTokens({ nonces: true, nowMs })] : []),
    ...(options.certificateBoundTokens === true ? [requireCertificateBoundTokens()] : []),
  ];
  for (const bound of required) {
    app.use("/v1/*", bound);
    app.use("/files/*", bound);
  }
  const limitedTo = (maxSize: number) => bodyLimit({ maxSize, onError: (c) => problem(c, "body_too_large") });
  app.use("/v1/*", limitedTo(MAX_REQUEST_BYTES));
  app.use("/files/*", limitedTo(MAX_FILE_BYTES));
  app.route(
    "/v1",
    createNotesRoutes({
      store,
      verify,
      isSeeding: options.seed ?? false,
      recentSignInSeconds: options.recentSignInSeconds ?? RECENT_SIGN_IN_SECONDS,
      nowMs,
    }),
  );
  app.route("/files", createFileRoutes({ files: store.files, verify }));
  return app;
}
