import type { Page } from "@playwright/test";

/** How a person signs in at a provider. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** `use: { coatcheck: { ... } }` in `playwright.config.ts`; nothing of it is needed with `@coatcheck/dev-idp`. */
export interface CoatcheckOptions {
  /** People by the name that specs call them. Default: those of the development provider. */
  readonly users?: Readonly<Record<string, Credentials>>;
  /** Signs in on the provider's own pages. Default: as the development provider's are. */
  readonly fillIn?: (page: Page, credentials: Credentials) => Promise<void>;
  /** More that may never be seen by a page: the client secret, cookie keys. Each 12 characters or longer. */
  readonly secrets?: readonly string[];
}
