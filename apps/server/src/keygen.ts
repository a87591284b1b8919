import { randomBytes } from "node:crypto";
import { generateCookieKey } from "./environment/cookie-keys.ts";

/** `pnpm keygen`: prints a fresh value for COOKIE_KEYS. To rotate, append it, roll out, then put it first. */
process.stdout.write(`${generateCookieKey(randomBytes)}\n`);
