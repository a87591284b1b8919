/**
 * Hooks, components and query options over `@coatcheck/client`.
 *
 * @example
 * ```tsx
 * const session = useSession();
 * const login = useLogin();
 * ```
 *
 * @module
 */
export { ApiError } from "./api-error.ts";
export { apiMutationOptions, type ApiMutation } from "./api-mutation-options.ts";
export { apiQueryOptions, type ApiQuery } from "./api-query-options.ts";
export { CoatcheckProvider, type CoatcheckProviderProps } from "./coatcheck-provider.tsx";
export { getApiJson } from "./get-api-json.ts";
export { personQueryKey } from "./person-query-key.ts";
export { profileQueryOptions } from "./profile-query-options.ts";
export { retryDelay, shouldRetry } from "./retry.ts";
export { SignedIn, SignedOut, type SignedInProps } from "./signed-in.tsx";
export { tokenFactsQueryOptions } from "./token-facts-query-options.ts";
export { useClearOnPersonChange } from "./use-clear-on-person-change.ts";
export { useClient } from "./use-client.ts";
export { useDraft } from "./use-draft.ts";
export { useKnownSession } from "./use-known-session.ts";
export { useLogin } from "./use-login.ts";
export { useLogout } from "./use-logout.ts";
export { useSession } from "./use-session.ts";
export { useSignIn, useStepUp } from "./use-sign-in.ts";
export { useSignInOutcome } from "./use-sign-in-outcome.ts";
export { useUser } from "./use-user.ts";
export { useWaitingCalls } from "./use-waiting-calls.ts";
