/** Gives every component the panel's model without passing it through each of them. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PanelModel } from "./panelModel.ts";

const Context = createContext<PanelModel | null>(null);

export const PanelProvider = Context.Provider;

export function usePanel(): PanelModel {
  const panel = useContext(Context);
  if (!panel) throw new Error("A component of the panel was drawn outside of it.");
  return panel;
}
