import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import "./font.css";
import "./look.css";

export default { extends: DefaultTheme } satisfies Theme;
