export { startDevIdp, type DevIdp } from "./start-dev-idp.ts";
export type { DevIdpClient, DevIdpOptions, DevIdpResource } from "./dev-idp-options.ts";
export { DEMO_USERS, type DevIdpUser } from "./demo-users.ts";
export type { IssuedSecret } from "./issued-secrets.ts";
export { generateSigningKeys, type SigningKeys } from "./signing-keys.ts";
export { DevIdpError, type DevIdpErrorCode } from "./dev-idp-error.ts";
export { createDevIdpControl, type DevIdpControl } from "./control-client.ts";
export type { BackchannelLogoutInput, SentLogout } from "./control-contract.ts";
export type { DevIdpCounters } from "./counters.ts";
export { FAULT_ENDPOINTS, type Fault, type FaultEndpoint, type FaultInput } from "./fault.ts";
export type { StandingFault } from "./fault-board.ts";
export {
  signInByForm,
  signOutByForm,
  type SignInByFormRequest,
  type SignOutByFormRequest,
} from "./sign-in-by-form.ts";
export { createCookieJar, type CookieJar } from "./cookie-jar.ts";
