/** Where the BFF answers. Everything under `/bff` belongs to it; API routes are configured beside it. */
export const BFF_PATHS = {
  login: "/bff/login",
  callback: "/bff/callback",
  session: "/bff/session",
  activity: "/bff/activity",
  userinfo: "/bff/userinfo",
  refresh: "/bff/refresh",
  validate: "/bff/validate",
  logout: "/bff/logout",
  logoutProvider: "/bff/logout/provider",
  backchannelLogout: "/bff/backchannel-logout",
  cspReport: "/bff/csp-report",
  healthz: "/healthz",
  readyz: "/readyz",
} as const;

/** Loaded in demo mode only. */
export const DEMO_PATHS = {
  expire: "/bff/demo/expire",
  events: "/bff/demo/events",
  faults: "/bff/demo/faults",
  held: "/bff/demo/held",
  oldCookie: "/bff/demo/old-cookie",
  sideBySide: "/bff/demo/side-by-side",
  signOutRace: "/bff/demo/sign-out-race",
} as const;
