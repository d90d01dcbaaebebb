import { render } from "preact";
import { App } from "./app";
import { watch } from "./model/analysis";
import { begin } from "./model/session";
import { applyTheme } from "./parts/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/frame.css";
import "./styles/tabs.css";
import "./styles/documents.css";
import "./styles/notice.css";
import "./styles/dialog.css";
import "./styles/toolbar.css";
import "./styles/pane.css";
import "./styles/verdicts.css";
import "./styles/problems.css";
import "./styles/resources.css";
import "./styles/reach.css";
import "./styles/flows.css";
import "./styles/trace.css";
import "./styles/diff.css";
import "./styles/before.css";

applyTheme();
await begin();
watch();
const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
