// What can be done here, as one thing that the palette, the list of keys and the keyboard all read.
import type { Component } from 'svelte';
import type { Stroke } from '../words/strokes';

export type Group =
  | 'Go to'
  | 'Generate'
  | 'Dynamic secrets'
  | 'Leases'
  | 'Environments'
  | 'Connections'
  | 'Access'
  | 'Activity'
  | 'Settings'
  | 'Window';

export interface Action {
  /** Unique, and the same the next time: what was used last is remembered by it. */
  id: string;
  group: Group;
  /** A verb first: `Generate from s3-upload`. */
  name: string;
  /** More to find it by, never shown. */
  words?: string;
  /** Which of several alike it is. */
  detail?: string;
  icon: Component;
  /** It takes something away; a question comes first. */
  danger?: boolean;
  /** One press, or presses one after the other. */
  keys?: readonly Stroke[];
  do: () => void;
}
