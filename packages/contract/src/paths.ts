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
  sessions: "/bff/sessions",
  endSession: "/bff/sessions/end",
  logoutProvider: "/bff/logout/provider",
  backchannelLogout: "/bff/backchannel-logout",
  jwks: "/bff/jwks.json",
  cspReport: "/bff/csp-report",
  healthz: "/healthz",
  readyz: "/readyz",
} as const;
