/** Checks that exactly one of the two secret methods was used, with the right secret. @see RFC 6749 section 2.3.1 */
export function isAuthenticated(
  authorization: string | undefined,
  form: URLSearchParams,
  client: { readonly clientId: string; readonly clientSecret: string },
): boolean {
  if (authorization === undefined) {
    return form.get("client_id") === client.clientId && form.get("client_secret") === client.clientSecret;
  }
  if (form.has("client_secret") || !authorization.startsWith("Basic ")) return false;
  const [id = "", secret = ""] = atob(authorization.slice(6)).split(":").map(decodeForm);
  return id === client.clientId && secret === client.clientSecret;
}

function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
