/** Whether a content type is exactly that of a PDF, which a browser shows in a viewer that runs nothing on the app's origin. */
export function isPdf(contentType: string | null | undefined): boolean {
  return typeof contentType === "string" && /^application\/pdf\s*(?:;|$)/iu.test(contentType);
}
