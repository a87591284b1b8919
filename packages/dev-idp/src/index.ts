/**
 * A real authorization server for development and tests, which breaks on purpose. Refuses production.
 *
 * @example
 * ```ts
 * const client = { clientId: "my-app", clientSecret: "anything", appOrigin: "http://localhost:3000" };
 * export const idp = await createDevIdp({ clients: [client], users: [{ username: "ada" }] });
 * ```
 *
 * @module
 */
import "./refuse-production.ts";

export { createDevIdp, type DevIdp } from "./create-dev-idp.ts";
export type {
  DevIdpClient,
  DevIdpOptions,
  DevIdpResource,
  DevIdpUserInput,
} from "./options/dev-idp-options.ts";
export { readDevIdpOptions } from "./options/options-file.ts";
export { DEMO_USERS, type DevIdpUser } from "./options/demo-users.ts";
export type { IssuedSecret } from "./issued-secrets.ts";
export {
  createCertificateAuthority,
  createSelfSignedCertificate,
  type CertificateAuthority,
  type CertificateRequest,
  type MadeCertificate,
} from "./mutual-tls/certificate-authority.ts";
export { generateSigningKeys, type SigningKeys } from "./signing-keys.ts";
export { DevIdpError, type DevIdpErrorCode } from "./dev-idp-error.ts";
export { createDevIdpControl, type DevIdpControl } from "./control/control-client.ts";
export type { BackchannelLogoutInput, DevIdpSetup, SentLogout } from "./control/control-contract.ts";
export type { DevIdpCounters } from "./control/counters.ts";
export { FAULT_ENDPOINTS, type Fault, type FaultEndpoint, type FaultInput } from "./control/fault.ts";
export type { StandingFault } from "./control/fault-board.ts";
export {
  signInByForm,
  signOutByForm,
  type SignInByFormRequest,
  type SignOutByFormRequest,
} from "./scripted/sign-in-by-form.ts";
export { createCookieJar, type CookieJar } from "./scripted/cookie-jar.ts";
