import { NextResponse } from "next/server";
import { auth0 } from "../../../lib/auth0.js";

/** The documented way to call an API from a route: `getAccessToken`, which refreshes; the API is the provider's UserInfo. */
export async function GET() {
  let token;
  try {
    ({ token } = await auth0.getAccessToken());
  } catch (error) {
    return NextResponse.json({ error: error.code }, { status: error.code === "missing_session" ? 401 : 502 });
  }
  const profile = await fetch(new URL("/me", process.env.AUTH0_DOMAIN), {
    headers: { authorization: `Bearer ${token}` },
  });
  return NextResponse.json(await profile.json(), { status: profile.status });
}
