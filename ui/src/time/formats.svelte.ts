// How moments and numbers are written here: made for this language and this time zone, and anew when either changes.
// The window speaks English, so days and months do too; their order, and 12 hours or 24, are of the person's own region.

interface Formats {
  /** Of which language, hours and time zone these are. */
  made: string;
  timeOfDay: Intl.DateTimeFormat;
  timeWithSeconds: Intl.DateTimeFormat;
  dayThisYear: Intl.DateTimeFormat;
  dayAnyYear: Intl.DateTimeFormat;
  number: Intl.NumberFormat;
}

const FALLBACK = 'en-GB';

const zoneHere = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The language that was named; a desktop without one says `C`, which is none. */
function languageOf(named: string): string {
  try {
    return Intl.getCanonicalLocales(named)[0] ?? FALLBACK;
  } catch {
    return FALLBACK;
  }
}

function hoursOf(language: string): 'h12' | 'h23' {
  const { hourCycle } = new Intl.DateTimeFormat(language, { hour: 'numeric' }).resolvedOptions();
  return hourCycle === 'h12' || hourCycle === 'h11' ? 'h12' : 'h23';
}

function formatsFor(named: string, timeZone: string): Formats {
  const language = languageOf(named);
  const hourCycle = hoursOf(language);
  const english = /^en\b/i.test(language) ? language : FALLBACK;
  const hour = hourCycle === 'h23' ? '2-digit' : 'numeric';
  return {
    made: `${named} ${timeZone}`,
    timeOfDay: new Intl.DateTimeFormat(english, { timeZone, hourCycle, hour, minute: '2-digit' }),
    timeWithSeconds: new Intl.DateTimeFormat(english, {
      timeZone,
      hourCycle,
      hour,
      minute: '2-digit',
      second: '2-digit',
    }),
    dayThisYear: new Intl.DateTimeFormat(english, { timeZone, day: 'numeric', month: 'short' }),
    dayAnyYear: new Intl.DateTimeFormat(english, { timeZone, dateStyle: 'medium' }),
    number: new Intl.NumberFormat(english),
  };
}

let current = $state.raw(formatsFor(navigator.language, zoneHere()));

/** Whatever is written with these is written anew when they change. */
export const formats = (): Formats => current;

/** Makes them anew where the language or the time zone is another than before. */
export function lookAtPlace(language = navigator.language, timeZone = zoneHere()): void {
  if (current.made !== `${language} ${timeZone}`) current = formatsFor(language, timeZone);
}
