// Pages for people without a console: one document that loads nothing, runs nothing and fits a phone. What is put in is escaped.
import { createHash } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[];

/** Tag of a template: everything that is put in is escaped, but for what is `Html`. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const between = parts.map((part) => textOf(part));
  return new Html(texts.map((text, at) => text + (between[at] ?? '')).join(''));
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('\n');
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.toWellFormed().replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const STYLE = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 42rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.25; }
h2 { font-size: 1.1rem; }
dt { font-weight: 600; margin-top: .75rem; }
dd { margin: 0; }
label { display: block; font-weight: 600; margin-top: 1rem; }
input, textarea, button { box-sizing: border-box; font: inherit; padding: .6rem; width: 100%; }
button { border: 2px solid; border-radius: .4rem; cursor: pointer; font-weight: 600; margin-top: 1rem; min-height: 3rem; }
.approve { background: #14532d; border-color: #14532d; color: #fff; }
.reject { background: #7f1d1d; border-color: #7f1d1d; color: #fff; }
.fault { border-left: .3rem solid #b91c1c; padding-left: .75rem; }
:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px; }
`;

/** An answer that no browser keeps, frames, or tells anybody the address of: that may be a credential. */
export function page(status: number, title: string, body: Html): HttpResponseInit {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex',
    },
    body: document.text,
  };
}
