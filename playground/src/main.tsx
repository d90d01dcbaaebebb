import { render } from "preact";
import { App } from "./app";
import { watch } from "./model/analysis";
import { begin } from "./model/session";
import { applyTheme } from "./parts/theme";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/panes.css";

applyTheme();
await begin();
watch();
const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
