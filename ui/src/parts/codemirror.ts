// The editor of JSON documents: CodeMirror with what a policy needs, its look from the tokens alone. Loaded with the form.
import { defaultKeymap, history, historyKeymap, isolateHistory } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import {
  lintGutter,
  nextDiagnostic,
  previousDiagnostic,
  setDiagnostics,
  type Diagnostic,
} from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Severity } from '../api/types';
import { endOfToken, offsetOf } from './code';

/** Something that is said about a place in the text: line and column from 1, in characters. */
export interface TextMark {
  line: number;
  column: number;
  severity: Severity;
  message: string;
  hint: string | null;
}

export interface EditorOptions {
  text: string;
  placeholder: string;
  /** Of the box that is typed in: its id, name and what describes it. */
  attributes: Record<string, string>;
  onchange: (text: string) => void;
  onblur: () => void;
  /** Shift+Alt+F, as elsewhere. */
  onformat: () => void;
}

export interface Editor {
  readonly box: HTMLElement;
  /** Another text, as one step that can be undone. */
  write(text: string): void;
  describe(attributes: Record<string, string>): void;
  mark(marks: readonly TextMark[]): void;
  /** Puts the caret there, selects what begins there, and brings it into sight. */
  place(line: number, column: number): void;
  select(from: number, to: number): void;
  end(): void;
}

const SEVERITY = { danger: 'error', warning: 'warning', info: 'info' } as const;

const highlighting = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--text)', fontWeight: '560' },
  { tag: tags.string, color: 'var(--accent)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--text-2)', fontStyle: 'italic' },
  { tag: [tags.separator, tags.brace, tags.squareBracket], color: 'var(--text-3)' },
  { tag: tags.invalid, color: 'var(--danger)' },
]);

/** Forms beside the colours: eight corners for a danger, three for a warning, none for a remark. */
const OCTAGON = 'polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%)';
const TRIANGLE = 'polygon(50% 6%, 100% 94%, 0 94%)';

const underlined = (colour: string) => ({
  backgroundImage: 'none',
  paddingBottom: '0',
  textDecoration: `underline wavy ${colour} 1px`,
  textUnderlineOffset: '3px',
});
const marker = (colour: string, form: string) => ({
  content: 'none',
  width: '9px',
  height: '9px',
  margin: '6px auto 0',
  padding: '0',
  background: colour,
  clipPath: form,
});
const said = (colour: string) => ({ borderLeft: `3px solid ${colour}` });

const look = EditorView.theme({
  '&': { background: 'none', color: 'var(--text)', fontSize: 'var(--t-s)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    minHeight: '132px',
    maxHeight: '400px',
    fontFamily: 'var(--mono)',
    fontVariantLigatures: 'none',
    lineHeight: '20px',
  },
  '.cm-content, .cm-gutter': { minHeight: '132px' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 12px 0 8px' },
  '.cm-placeholder': { color: 'var(--text-3)' },
  '.cm-gutters': {
    border: '0',
    borderRight: '1px solid var(--line)',
    background: 'var(--sunken)',
    color: 'var(--text-3)',
    fontSize: 'var(--t-xs)',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '24px', padding: '0 4px 0 0' },
  '.cm-gutter-lint': { width: '16px' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0' },
  '.cm-foldGutter .cm-gutterElement': { width: '16px', padding: '0', textAlign: 'center' },
  '.cm-foldPlaceholder': {
    margin: '0 4px',
    padding: '0 8px',
    border: '1px solid var(--control-line)',
    borderRadius: 'var(--r-s)',
    background: 'var(--sunken)',
    color: 'var(--text-2)',
  },
  '&.cm-focused .cm-matchingBracket': {
    borderRadius: '2px',
    background: 'var(--accent-weak)',
    outline: '1px solid var(--accent)',
  },
  '&.cm-focused .cm-nonmatchingBracket': {
    borderRadius: '2px',
    background: 'var(--danger-weak)',
    outline: '1px solid var(--danger)',
  },
  '.cm-selectionMatch': { background: 'var(--accent-weak)' },
  '.cm-searchMatch': { background: 'var(--warn-weak)', outline: '1px solid var(--warn)' },
  '.cm-searchMatch-selected': { outline: '2px solid var(--warn)' },
  '.cm-lintRange-error': underlined('var(--danger)'),
  '.cm-lintRange-warning': underlined('var(--warn)'),
  '.cm-lintRange-info, .cm-lintRange-hint': underlined('var(--text-3)'),
  '.cm-lintPoint::after': { display: 'none' },
  '.cm-lint-marker-error': marker('var(--danger)', OCTAGON),
  '.cm-lint-marker-warning': marker('var(--warn)', TRIANGLE),
  '.cm-lint-marker-info': marker('var(--text-3)', 'circle(50%)'),
  '.cm-tooltip': {
    maxWidth: '420px',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--r-m)',
    background: 'var(--raised)',
    boxShadow: 'var(--shadow)',
    color: 'var(--text)',
    overflow: 'hidden',
  },
  '.cm-diagnostic': { padding: '8px 12px', whiteSpace: 'pre-line', fontFamily: 'var(--font)' },
  '.cm-diagnostic-error': said('var(--danger)'),
  '.cm-diagnostic-warning': said('var(--warn)'),
  '.cm-diagnostic-info': said('var(--text-3)'),
  '.cm-panels': { border: '0', background: 'var(--sunken)', color: 'var(--text-2)' },
  '.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '8px 32px 8px 12px', fontFamily: 'var(--font)' },
  '.cm-panel.cm-search [name=close]': { top: '8px', right: '8px', color: 'var(--text-2)' },
  '.cm-panel.cm-search label': { fontSize: 'var(--t-s)' },
  '.cm-textfield, .cm-button': {
    minHeight: '24px',
    border: '1px solid var(--control-line)',
    borderRadius: 'var(--r-s)',
    background: 'var(--surface)',
    backgroundImage: 'none',
    color: 'var(--text)',
    fontSize: 'var(--t-s)',
  },
  '.cm-button:active': { background: 'var(--hover)', backgroundImage: 'none' },
});

function foldMark(open: boolean): HTMLElement {
  const mark = document.createElement('span');
  mark.textContent = open ? '▾' : '▸';
  mark.title = open ? 'Fold' : 'Unfold';
  return mark;
}

/** Where a mark stands in this text, from what begins there to its end. */
function diagnosticOf(text: string, mark: TextMark): Diagnostic {
  const from = offsetOf(text, mark.line, mark.column);
  return {
    from,
    to: Math.min(text.length, endOfToken(text, from)),
    severity: SEVERITY[mark.severity],
    message: mark.hint === null ? mark.message : `${mark.message}\n${mark.hint}`,
  };
}

/** An editor in the place. Tab is left alone: it leads out of the box, as from every other field. */
export function openEditor(place: HTMLElement, options: EditorOptions): Editor {
  const described = new Compartment();
  const attributes = (all: Record<string, string>): Extension =>
    EditorView.contentAttributes.of({
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
      ...all,
    });
  const format = () => {
    options.onformat();
    return true;
  };
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lintGutter({ hoverTime: 150 }),
        lineNumbers(),
        foldGutter({ markerDOM: foldMark }),
        codeFolding({ placeholderText: '…' }),
        history(),
        json(),
        syntaxHighlighting(highlighting),
        bracketMatching(),
        indentUnit.of('  '),
        indentOnInput(),
        search(),
        highlightSelectionMatches(),
        placeholder(options.placeholder),
        keymap.of([
          { key: 'Shift-Alt-f', run: format },
          { key: 'F8', run: nextDiagnostic, shift: previousDiagnostic },
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...defaultKeymap,
        ]),
        described.of(attributes(options.attributes)),
        look,
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onchange(update.state.doc.toString());
        }),
        EditorView.domEventHandlers({ blur: () => options.onblur() }),
      ],
    }),
  });

  return {
    box: view.contentDOM,
    write(text) {
      if (text === view.state.doc.toString()) return;
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        annotations: isolateHistory.of('full'),
      });
    },
    describe(all) {
      view.dispatch({ effects: described.reconfigure(attributes(all)) });
    },
    mark(marks) {
      const text = view.state.doc.toString();
      view.dispatch(
        setDiagnostics(
          view.state,
          marks.map((mark) => diagnosticOf(text, mark)),
        ),
      );
    },
    place(line, column) {
      const text = view.state.doc.toString();
      const anchor = offsetOf(text, line, column);
      view.focus();
      view.dispatch({
        selection: { anchor, head: endOfToken(text, anchor) },
        effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
      });
      place.scrollIntoView({ block: 'nearest' });
    },
    select(from, to) {
      view.focus();
      view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
    },
    end: () => view.destroy(),
  };
}
