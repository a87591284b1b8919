import { OAuthError } from "@coatcheck/oauth";
import { ProxyError } from "@coatcheck/proxy";
import { SessionError } from "@coatcheck/session";
import type { BFF_SCHEMA } from "./bff-config.ts";
import type { FilledOf } from "./setting.ts";

/** A configuration that was compared with its schema. */
export type FilledConfig = FilledOf<typeof BFF_SCHEMA>;

/** Reports what is wrong at a path, with its fix. */
export type Add = (path: string, fix: string) => void;

/** Runs another package's check, and hands on its problems. */
export function collect<Value>(check: () => Value, add: Add): Value | undefined {
  try {
    return check();
  } catch (error) {
    const isOurs =
      error instanceof OAuthError || error instanceof SessionError || error instanceof ProxyError;
    if (!isOurs || error.code !== "config_invalid") throw error;
    for (const { field, fix } of error.problems) add(field, fix);
    return undefined;
  }
}
