import { auth0 } from "./lib/auth0.js";

/** As the README says for Next.js 16. */
export async function proxy(request) {
  return await auth0.middleware(request);
}

export const config = {
  matcher: ["/((?!_next/static|_next/image|favicon.ico|sitemap.xml|robots.txt).*)"],
};
