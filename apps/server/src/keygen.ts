import { randomBytes } from "node:crypto";
import { generateCookieKey } from "@coatcheck/bff";

/** `pnpm keygen`: prints a fresh value for COOKIE_KEYS. To rotate, append it, roll out, then put it first. */
process.stdout.write(`${generateCookieKey(randomBytes)}\n`);
