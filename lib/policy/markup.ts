/** A page as data, so that one text becomes Markdown and HTML, and each escapes what is not its own. */

export type Inline = string | { readonly code: string } | { readonly link: string; readonly to: string };

export type Text = readonly Inline[];

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: Text; readonly anchor?: string }
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'json'; readonly source: string };

/** A sentence with markup in it: text`Send ${code('x')} once.` What comes from outside is a value, and stays text. */
export function text(strings: TemplateStringsArray, ...values: readonly (Inline | Text)[]): Text {
  return strings.flatMap((string, index): Text => {
    const value = values[index];
    const after = value === undefined ? [] : isText(value) ? value : [value];
    return string === '' ? after : [string, ...after];
  });
}

export function code(source: string): Inline {
  return { code: source };
}

export function link(label: string, to: string): Inline {
  return { link: label, to };
}

export function heading(level: 1 | 2 | 3, content: Text): Block {
  return { kind: 'heading', level, text: content };
}

export function paragraph(...sentences: readonly Text[]): Block {
  return { kind: 'paragraph', text: sentences.flatMap((sentence, index) => (index === 0 ? sentence : [' ', ...sentence])) };
}

export function list(...items: readonly Text[]): Block {
  return { kind: 'list', items };
}

/** `POST`, `PUT` and `PATCH`, each as code. */
export function enumeration(sources: readonly string[]): Text {
  return sources.flatMap((source, index): Text => {
    const before = index === 0 ? [] : [index === sources.length - 1 ? ' and ' : ', '];
    return [...before, code(source)];
  });
}

function isText(value: Inline | Text): value is Text {
  return Array.isArray(value);
}
