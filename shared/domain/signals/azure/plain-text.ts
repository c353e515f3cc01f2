// What people at Azure wrote as HTML, as plain text. Linear in its length, whatever is sent.

/** Beyond this nothing is looked at: notices hold kilobytes. */
const READ_CHARACTERS = 64_000;

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  hellip: '…',
  bull: '•',
};

/** Without tags, with entities decoded; what was escaped twice stays text. */
export function plainText(html: string): string {
  const read = html.slice(0, READ_CHARACTERS);
  const shown = withoutBlock(withoutBlock(read, 'script'), 'style');
  const text = withoutTags(decoded(withoutTags(shown)));
  return text
    .replace(/[ \t\u00a0]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Neither class may hold `<`: a text of nothing but `<a` would take its square in time. */
function withoutTags(html: string): string {
  return html
    .replace(/<(?:br|\/p|\/div|\/tr|\/li|\/h\d|\/table)\b[^<>]{0,200}>/gi, '\n')
    .replace(/<!--|-->/g, ' ')
    .replace(/<[a-z!/?][^<>]*>/gi, '');
}

function withoutBlock(html: string, tag: string): string {
  const lower = html.toLowerCase();
  if (lower.length !== html.length) return html;
  const kept: string[] = [];
  let at = 0;
  for (let begin = lower.indexOf(`<${tag}`); begin >= 0; begin = lower.indexOf(`<${tag}`, at)) {
    kept.push(html.slice(at, begin));
    const end = lower.indexOf(`</${tag}`, begin);
    at = end < 0 ? html.length : end;
  }
  return kept.join('') + html.slice(at);
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '';
  });
}
