import { DevIdpError } from "./dev-idp-error.ts";

/**
 * Throws where `NODE_ENV` is `production`.
 *
 * @throws {DevIdpError} `refuses_production`
 */
export function refuseProduction(): void {
  if (process.env["NODE_ENV"] !== "production") return;
  throw new DevIdpError(
    "refuses_production",
    "@coatcheck/dev-idp has public passwords and is not for production: NODE_ENV is `production`. Import it only in files that development and tests load, keep it under devDependencies, and start those with another NODE_ENV.",
  );
}

// Already when the package is loaded: a production process must not even hold it. And once more at each start, for a program
// that reads its `.env` after its imports.
refuseProduction();
