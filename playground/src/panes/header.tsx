import { useEffect, useRef, useState } from "preact/hooks";
import * as engine from "../engine/engine";
import { blank, compiled, compiling, errors, failure } from "../model/analysis";
import { examples } from "../model/examples";
import { clear, notice, openExample, snapshot } from "../model/session";
import { toFragment } from "../model/share";
import { Dialog } from "../parts/dialog";
import { theme, type Theme } from "../parts/theme";

export const Header = () => {
  const [shared, setShared] = useState<string | null>(null);
  return (
    <header class="header">
      <h1>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M6 10h7l6 12h7M6 22h5m11-4 4 4-4 4" />
        </svg>
        egressc <span>playground</span>
      </h1>
      <label class="example">
        <span>Example</span>
        <select
          aria-label="Example"
          value=""
          onChange={(event) => {
            const { value } = event.currentTarget;
            event.currentTarget.value = "";
            if (value === "/clear") clear();
            else openExample(value);
          }}
        >
          <option value="" disabled hidden>
            Open…
          </option>
          {examples.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
          <option value="/clear">Empty documents</option>
        </select>
      </label>
      <Status />
      <div class="header-end">
        <button
          type="button"
          class="button"
          onClick={async () => setShared(new URL(await toFragment(snapshot()), location.href).href)}
        >
          Share
        </button>
        <ThemeSwitch />
      </div>
      {shared !== null && <Share link={shared} close={() => setShared(null)} />}
    </header>
  );
};

const Status = () => {
  const [version, setVersion] = useState("");
  useEffect(() => {
    void engine.about().then((outcome) => {
      if (outcome.kind === "answered") setVersion(outcome.value.version);
    });
  }, []);
  const busy = compiling.value;
  const last = compiled.value;
  let text = "Compiling…";
  if (blank.value) text = "";
  else if (failure.value !== null) text = "No result";
  else if (!busy && last !== null) {
    const time = last.milliseconds < 10 ? last.milliseconds.toFixed(1) : Math.round(last.milliseconds).toLocaleString("en");
    text = errors.value > 0 ? "Refused" : `Compiled in ${time} ms`;
  }
  return (
    <p class="status" data-testid="status" data-busy={busy} data-milliseconds={last?.milliseconds} title={version === "" ? undefined : `egressc ${version}, in this page`}>
      {text}
    </p>
  );
};

const NEXT: Record<string, Theme> = { system: "light", light: "dark", dark: null };

const ThemeSwitch = () => {
  const now = theme.value ?? "system";
  return (
    <button
      type="button"
      class="quiet theme"
      onClick={() => (theme.value = NEXT[now] ?? null)}
      aria-label={`Theme: ${now}`}
      title={`Theme: ${now}`}
    >
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        {now === "light" && <path d="M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6M8 1v1.5M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1.100 1.100M11.900 11.900 13 13M13 3l-1.100 1.100M4.100 11.900 3 13" />}
        {now === "dark" && <path d="M13.500 9.800A6 6 0 0 1 6.200 2.500a6 6 0 1 0 7.300 7.300z" />}
        {now === "system" && (
          <>
            <path d="M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z" />
            <path class="filled" d="M8 2a6 6 0 0 1 0 12z" />
          </>
        )}
      </svg>
    </button>
  );
};

/** Beyond this some chat programs and mail clients cut links. */
const LONG_LINK = 8_000;

const Share = ({ link, close }: { link: string; close: () => void }) => {
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      notice.value = { tone: "note", text: "Copied the link." };
      close();
    } catch {
      field.current?.select();
    }
  };
  return (
    <Dialog title="Share by link" close={close}>
      <p>
        The link contains all documents, the comparison and the request. They are in the part after <code>#</code>, which
        browsers do not send to any server.
      </p>
      <div class="share">
        <input
          ref={field}
          readOnly
          value={link}
          aria-label="Link"
          data-testid="link"
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class="button primary" onClick={copy}>
          Copy
        </button>
      </div>
      <p class="muted">
        {link.length.toLocaleString("en")} characters
        {link.length > LONG_LINK && ". Some chat and mail programs cut long links; the playground recognizes a link that was cut."}
      </p>
    </Dialog>
  );
};
