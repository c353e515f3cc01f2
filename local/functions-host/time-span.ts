// .NET's TimeSpan, the way host.json writes durations: [-][d.]hh:mm:ss[.fffffff].
const TIME_SPAN = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?$/;

/** Milliseconds; a text that is no TimeSpan is undefined. */
export function parseTimeSpan(text: string): number | undefined {
  const match = TIME_SPAN.exec(text.trim());
  if (!match) return undefined;
  const [, minus, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const wholeMinutes = (Number(days) * 24 + Number(hours)) * 60 + Number(minutes);
  const ms = (wholeMinutes * 60 + Number(seconds)) * 1_000 + Number(fraction.padEnd(7, '0')) / 10_000;
  return minus ? -ms : ms;
}
