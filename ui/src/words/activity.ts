// A line of the activity log in few words: what it is about, who did it, how it went.
import type { ActivityEntry, Outcome } from '../api/types';
import type { Tone } from './lease';

/** What a line is about: an icon's name in `KindMark`. */
export type Subject =
  | 'lease'
  | 'secret'
  | 'connection'
  | 'environment'
  | 'settings'
  | 'practice'
  | 'orphan'
  | 'preflight'
  | 'credentials'
  | 'kit'
  | 'reconcile'
  | 'activity'
  | 'method'
  | 'role'
  | 'session'
  | 'login'
  | 'gateway'
  | 'other';

const SUBJECTS: Record<string, { subject: Subject; noun: string }> = {
  lease: { subject: 'lease', noun: 'Lease' },
  secret: { subject: 'secret', noun: 'Secret' },
  connection: { subject: 'connection', noun: 'Connection' },
  environment: { subject: 'environment', noun: 'Environment' },
  settings: { subject: 'settings', noun: 'Settings' },
  practice: { subject: 'practice', noun: 'Practice' },
  orphan: { subject: 'orphan', noun: 'Orphan' },
  preflight: { subject: 'preflight', noun: 'Pre-flight' },
  canary: { subject: 'preflight', noun: 'Canary' },
  credentials: { subject: 'credentials', noun: 'Credentials' },
  break_glass: { subject: 'kit', noun: 'Break-glass kit' },
  kit: { subject: 'kit', noun: 'Break-glass kit' },
  reconcile: { subject: 'reconcile', noun: 'Reconcile' },
  reconciled: { subject: 'reconcile', noun: 'Reconcile' },
  activity: { subject: 'activity', noun: 'Activity' },
  auth_method: { subject: 'method', noun: 'Auth method' },
  role: { subject: 'role', noun: 'Access role' },
  session: { subject: 'session', noun: 'Session' },
  login: { subject: 'login', noun: 'Login' },
  call: { subject: 'login', noun: 'Call' },
  approval: { subject: 'login', noun: 'Identity' },
  gateway: { subject: 'gateway', noun: 'Gateway' },
};

/** Kinds that are about something else than their first word says. */
const APART: Record<string, { subject: Subject; noun: string; verb: string }> = {
  'secret.preflight': { subject: 'preflight', noun: 'Pre-flight', verb: '' },
  'secret.canary': { subject: 'preflight', noun: 'Canary', verb: '' },
  'connection.reconciled': { subject: 'reconcile', noun: 'Reconcile', verb: '' },
  'lease.handed_out': { subject: 'credentials', noun: 'Credentials', verb: 'handed out' },
  'lease.key_kept': { subject: 'credentials', noun: 'Key', verb: 'kept sealed' },
  'lease.console': { subject: 'credentials', noun: 'Console', verb: 'opened' },
  'lease.key_forgotten': { subject: 'credentials', noun: 'Key', verb: 'forgotten' },
  'auth_method.expires': { subject: 'method', noun: 'Auth method', verb: 'ends' },
  'login.asked': { subject: 'login', noun: 'Login', verb: 'waits for you' },
};

/** Words of a kind that do not read well as they are written. */
const VERBS: Record<string, string> = {
  acknowledged: 'finding seen',
  alarm: 'finding',
  associated: 'given',
  delete_refused: 'kept from being deleted',
  dissociated: 'taken away',
  calls: 'calls',
  cut: 'access cut',
  drift: 'drifted',
  late_user: 'user came late',
  not_usable: 'key not usable',
  refused: 'refused',
  retry: 'not done yet',
  rule_set: 'rule set',
  revoke_asked: 'revoke asked for',
  usable: 'key works',
};

/** `lease.user_created` as `Lease` and `user created`. An unknown kind is shown as it is. */
export function kindWords(kind: string): { subject: Subject; noun: string; verb: string } {
  const apart = APART[kind];
  if (apart) return apart;
  const [head = '', ...rest] = kind.split('.');
  const known = SUBJECTS[head];
  const verb = rest.join(' ');
  return {
    subject: known?.subject ?? 'other',
    noun: known?.noun ?? head.replaceAll('_', ' '),
    verb: VERBS[verb] ?? verb.replaceAll('_', ' '),
  };
}

const ACTORS: Record<string, string> = {
  window: 'Window',
  cli: 'Terminal',
  tray: 'Tray',
  timer: 'Timer',
  notification: 'Notification',
  preflight: 'Pre-flight',
  gateway: 'Gateway',
};

export const actorWord = (actor: string): string => ACTORS[actor] ?? actor;

/** The form and the colour of an outcome say the same as its word. */
export const OUTCOME_WORDS: Record<Outcome, { word: string; tone: Tone }> = {
  begun: { word: 'Begun', tone: 'plain' },
  done: { word: 'Done', tone: 'ok' },
  failed: { word: 'Failed', tone: 'danger' },
  alarm: { word: 'Alarm', tone: 'danger' },
};

/** What a line is about beside its sentence: `s3-upload · acme-dev`. */
export const subjectWords = (entry: ActivityEntry): string =>
  [entry.secret, entry.connection].filter((part) => part !== null && part !== '').join(' · ');

/** `3 calls, 1 failed` */
export function callWords(entry: ActivityEntry): string | null {
  const all = entry.calls.length;
  if (all === 0) return null;
  const failed = entry.calls.filter((call) => call.code !== null).length;
  const calls = all === 1 ? '1 AWS call' : `${all} AWS calls`;
  return failed === 0 ? calls : `${calls}, ${failed} refused`;
}
