import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

export interface Tab<T extends string> {
  id: T;
  label: ComponentChildren;
  panel: string;
  class?: string;
}

interface Props<T extends string> {
  label: string;
  tabs: readonly Tab<T>[];
  chosen: T;
  choose: (id: T) => void;
  class?: string;
}

/** Tabs as ARIA describes them: one stop of the Tab key, arrows between them. */
export const Tabs = <T extends string>({ label, tabs, chosen, choose, class: className }: Props<T>) => {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    // Some tabs are there on narrow pages only.
    const buttons = [...(list.current?.querySelectorAll<HTMLButtonElement>("[role=tab]") ?? [])].filter(
      (button) => button.offsetParent !== null,
    );
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || buttons.length === 0) return;
    event.preventDefault();
    const next = buttons[(to + buttons.length) % buttons.length];
    next?.focus();
    next?.click();
  };
  return (
    <div class={`tabs ${className ?? ""}`} role="tablist" aria-label={label} ref={list} onKeyDown={move}>
      {tabs.map(({ id, label: content, panel, class: own }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          class={own}
          aria-selected={id === chosen}
          aria-controls={panel}
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => choose(id)}
        >
          {content}
        </button>
      ))}
    </div>
  );
};
