import { describe, expect, it } from "vitest";
import { createCookieJar } from "./cookie-jar.ts";

const HOME = new URL("http://127.0.0.1:4000/");
const PAGE = new URL("http://127.0.0.1:4000/interaction/one");

describe("the cookie jar", () => {
  it("gives a cookie back to its host, on any port, and to no other", () => {
    const jar = createCookieJar();
    jar.accept(HOME, ["a=1; path=/; httponly"]);
    expect(jar.headerFor(new URL("http://127.0.0.1:5000/x"))).toBe("a=1");
    expect(jar.headerFor(new URL("http://localhost:4000/"))).toBe("");
  });

  it("gives a cookie back below its path only", () => {
    const jar = createCookieJar();
    jar.accept(HOME, ["a=1; path=/interaction/one"]);
    expect(jar.headerFor(PAGE)).toBe("a=1");
    expect(jar.headerFor(new URL("/interaction/one/sign-in", HOME))).toBe("a=1");
    expect(jar.headerFor(new URL("/interaction/oneself", HOME))).toBe("");
  });

  it.each(["a=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=x; path=/; max-age=0"])(
    "removes a cookie for %s",
    (line) => {
      const jar = createCookieJar();
      jar.accept(HOME, ["a=1; path=/", "b=2; path=/"]);
      jar.accept(HOME, [line]);
      expect(jar.headerFor(HOME)).toBe("b=2");
    },
  );

  it("replaces a value and keeps equal signs in it", () => {
    const jar = createCookieJar();
    jar.accept(HOME, ["a=1; path=/", "=nameless", "a=x=y==; path=/"]);
    expect(jar.headerFor(HOME)).toBe("a=x=y==");
  });
});
