import { isJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";

const MAX_DEPTH = 6;
/** Where providers and the proxies before them put the code: `{"error":{"code":"invalid_grant"}}` and the like. */
const CODE_MEMBERS = ["error", "errors", "error_code", "errorCode", "code", "type"] as const;
/** What an error code looks like; prose, addresses and numbers aren't one. */
const CODE = /^[a-z][a-z0-9_.-]{2,63}$/;
/** Words of HTTP that frameworks write in the code's place. */
const STATUS_WORDS = new Set(["unauthorized", "forbidden"]);

/**
 * Finds the error codes in an answer, the outermost first, in lower case; prose that only mentions one doesn't count.
 *
 * Looked for in JSON at any place of an error code, in a form-encoded body, in markup, and in `WWW-Authenticate`.
 */
export function findErrorCodes(text: string, wwwAuthenticate: string | null): readonly string[] {
  const challenge = [...(wwwAuthenticate ?? "").matchAll(/\berror\s*=\s*"?([\w.-]+)/gi)];
  const raw = [...codesOf(text), ...challenge.map(([, code]) => code ?? "")];
  return raw
    .map((code) => code.trim().toLowerCase())
    .filter((code) => CODE.test(code) && !STATUS_WORDS.has(code));
}

function codesOf(text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return codesOfText(text);
  }
  return codesOfJson(value);
}

/** Level by level: what a gateway says comes before what it quotes. */
function codesOfJson(root: unknown): readonly string[] {
  const codes: string[] = [];
  let level: readonly unknown[] = [root];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth += 1) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === "string") {
        codes.push(...codesOfString(value, depth));
      } else if (Array.isArray(value)) {
        next.push(...value.filter((item) => typeof item === "object"));
      } else if (isJsonObject(value)) {
        for (const code of codeMembers(value)) codes.push(...codesOfString(code, depth + 1));
        next.push(...Object.values(value).filter((member) => typeof member === "object"));
      }
    }
    level = next;
  }
  return codes;
}

function codeMembers(object: JsonObject): readonly string[] {
  return CODE_MEMBERS.flatMap((name) => object[name]).filter((code) => typeof code === "string");
}

/** A code, or the error body once more, encoded as a string. */
function codesOfString(text: string, depth: number): readonly string[] {
  return /^\s*\{/.test(text) && depth <= MAX_DEPTH ? codesOf(text) : [text];
}

/** A form, XML, HTML: `error=x`, `<error>x</error>`, `<error code="x"/>`. Only what is spelled like a code of OAuth. */
function codesOfText(text: string): readonly string[] {
  const found = text.matchAll(
    /(?:^|[^\w-])(?:error|error_?code|code)["'\s]*[:=>]\s*(?:["']|<!\[CDATA\[)?([a-z]+(?:_[a-z]+)+)(?![\w-])/gi,
  );
  return [...found].map(([, code]) => code ?? "");
}
