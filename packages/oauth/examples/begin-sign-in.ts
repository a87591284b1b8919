import { createProvider, type ProviderConfig, type ProviderFetch } from "@coatcheck/oauth";

/** Where a browser goes to sign in, and what to keep until it comes back. @param fetch such as `createNodeFetch()` */
export async function beginSignIn(config: ProviderConfig, fetch: ProviderFetch) {
  const provider = createProvider(config, { fetch, nowMs: () => Date.now() });
  const { url, transaction } = await provider.beginLogin({ maxAge: 3600 });
  return { provider, url, transaction };
}
