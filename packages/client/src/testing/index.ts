/**
 * A real client whose server is made of functions, for unit and component tests.
 *
 * @example
 * ```ts
 * const { client, endSession, failNext } = createTestClient({
 *   user: { sub: "ada", name: "Ada" },
 *   routes: { "GET /api/notes": [{ id: 1, title: "Row 14" }] },
 * });
 * ```
 *
 * @module
 */
export { createTestClient, type TestClient, type TestClientOptions, type TestRoute } from "./test-client.ts";
