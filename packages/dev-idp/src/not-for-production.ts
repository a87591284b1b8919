import { DevIdpError } from "./dev-idp-error.ts";

// What bundlers find instead of this package in a production build, or in a page. It exports nothing that anybody asks for, so
// that a build fails; where a build doesn't look, loading it fails.
throw new DevIdpError(
  "refuses_production",
  "@coatcheck/dev-idp is a server for development and tests, and was bundled for production or for a browser. Import it only in files that development and tests load.",
);
