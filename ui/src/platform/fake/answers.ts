// What the fake desktop answers to each command.
import type { CommandArgs, CommandName, CommandResult, LeaseDetail } from '../../api/types';
import { parseTtl, ttlWords } from '../../time/ttl';
import { accessAnswers } from './access/answers';
import { OPEN, type FakeAccount } from './account';
import { compare } from './care';
import { render, type Keys } from './credentials';
import { pageOf } from './pages';
import { preflightOf } from './preflight';
import { checkDraft, exampleName, normalised, problem, ttlProblem } from './rules';
import { sourceAnswers } from './sources';
import { connectionOf, leaseOf, letters, practiceConnection, secretOf } from './scenes';

export type Answers = {
  /** `keyOf` is the lease whose key the calling window shows. */
  [C in CommandName]: (
    args: CommandArgs<C>,
    keyOf: string,
  ) => CommandResult<C> | Promise<CommandResult<C>>;
};

/** The windows of keys. */
export interface KeyWindows {
  open: (leaseId: string) => void;
  close: (leaseId: string) => void;
}

/** As the engine does: the kit goes where a person finds it again. */
function refuseFolder(folder: string): void {
  if (folder === '') return;
  const refuse = (message: string, hint: string) =>
    problem('invalid_input', message, hint, 'break_glass_folder');
  if (!folder.startsWith('/')) {
    throw refuse('The folder is written in full, from the root.', `Write /home/ada/${folder}.`);
  }
  if (/missing/.test(folder)) {
    throw refuse(`There is no folder ${folder}.`, 'Make it first, or name another one.');
  }
}

const MASK = '•'.repeat(24);
const masked = (keys: Keys): Keys => ({
  ...keys,
  secret_access_key: MASK,
  session_token: keys.session_token === null ? null : MASK,
});
const clean = (name: string) => name.trim().toLowerCase();

export function answersOf(
  account: FakeAccount,
  pause: () => Promise<void>,
  stepMs: number,
  windows: KeyWindows,
): Answers {
  const sources = sourceAnswers(account, pause);
  return {
    ...accessAnswers(account.access, account),
    ...sources.answers,

    app_status: () => account.status(),
    app_quit: () => null,
    app_hide: () => null,
    window_ready: () => null,
    window_unload: () => null,
    place_remember: ({ route, environment }) => {
      account.place = { route, environment };
      return null;
    },
    text_copy: ({ text }) => {
      account.clipboard = text;
      return null;
    },

    desktop_get: () => ({
      ...account.desktop,
      untaken_keys: [...account.shown.keys()].filter((id) => account.isUntaken(id)).length,
    }),
    autostart_set: ({ with: what }) => {
      if (what === 'tray' && account.desktop.tray !== 'shown') {
        throw problem(
          'refused',
          'This desktop shows no tray icon, so a hidden Leasehold could not be found.',
          'Have it start with its window.',
        );
      }
      account.desktop.autostart =
        what === 'nothing' ? { kind: 'off' } : { kind: 'on', hidden: what === 'tray' };
      account.emit('desktop_changed', null);
      return null;
    },
    notification_test: () => ({ server: 'gnome-shell', buttons: true, inhibited: false }),
    notifications_pause: ({ span }) => {
      const hours = { hour: 1, tomorrow: 18, off: 0 }[span];
      account.desktop.paused_until =
        hours === 0 ? null : new Date(Date.now() + hours * 3_600_000).toISOString();
      account.emit('desktop_changed', null);
      return null;
    },

    environment_list: () => account.scene.environments,
    environment_add: ({ name }) => {
      account.checkSlug(clean(name), account.scene.environments, 'an environment');
      account.scene.environments.push({ id: `e-${clean(name)}`, name: clean(name), secrets: 0 });
      account.changed();
      return null;
    },
    environment_rename: ({ old, new: name }) => {
      const environment = account.environmentNamed(old);
      account.checkSlug(
        clean(name),
        account.scene.environments.filter((item) => item !== environment),
        'an environment',
      );
      environment.name = clean(name);
      for (const secret of account.scene.secrets) {
        if (secret.draft.environment === old) secret.draft.environment = clean(name);
      }
      account.changed();
      return null;
    },
    environment_remove: ({ name }) => {
      const environment = account.environmentNamed(name);
      if (environment.secrets > 0) {
        throw problem(
          'refused',
          `${name} holds ${environment.secrets} dynamic secrets.`,
          'Move or delete them first.',
        );
      }
      account.scene.environments = account.scene.environments.filter(
        (item) => item !== environment,
      );
      account.changed();
      return null;
    },
    environment_reorder: ({ names }) => {
      account.scene.environments.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
      account.changed();
      return null;
    },

    connection_list: () => account.scene.connections,
    connection_add_key: ({ input }) => {
      account.checkSlug(clean(input.name), account.scene.connections, 'a connection');
      if (!/^(AKIA|ASIA)\w{12,124}$/.test(input.access_key_id)) {
        throw problem(
          'invalid_input',
          'An access key id begins with AKIA and has at least 16 letters and digits.',
          'Copy it from the IAM console.',
          'access_key_id',
        );
      }
      if (input.secret_access_key.length < 16) {
        throw problem(
          'aws_wrong_key',
          'AWS does not know this key, or the secret does not belong to it (SignatureDoesNotMatch).',
          'Copy both parts again. A key can be made anew in the IAM console.',
          'secret_access_key',
        );
      }
      const connection = connectionOf(Date.now(), {
        id: `c-${clean(input.name)}`,
        name: clean(input.name),
        access_key_id: input.access_key_id,
        region: input.region ?? 'us-east-1',
        endpoint_url: input.endpoint_url,
        created_at: new Date().toISOString(),
        verified_at: new Date().toISOString(),
      });
      account.scene.connections.push(connection);
      account.changed();
      return connection;
    },
    connection_add_practice: ({ name }) => {
      account.checkSlug(clean(name), account.scene.connections, 'a connection');
      const connection = practiceConnection(Date.now(), clean(name));
      account.scene.connections.push(connection);
      account.changed();
      return connection;
    },
    connection_policy: ({ name }) => {
      const connection = account.connection(name);
      const resource = `arn:aws:iam::${connection.account_id}:user/leases/*`;
      const document = {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'LeaseUsers',
            Effect: 'Allow',
            Action: [
              'iam:AttachUserPolicy',
              'iam:CreateAccessKey',
              'iam:CreateUser',
              'iam:DeleteAccessKey',
              'iam:DeleteUser',
              'iam:DeleteUserPolicy',
              'iam:DetachUserPolicy',
              'iam:GetUser',
              'iam:ListAccessKeys',
              'iam:ListAttachedUserPolicies',
              'iam:ListGroupsForUser',
              'iam:ListUserPolicies',
              'iam:PutUserPolicy',
            ],
            Resource: resource,
          },
          {
            Sid: 'LeaseGroups',
            Effect: 'Allow',
            Action: ['iam:AddUserToGroup', 'iam:RemoveUserFromGroup'],
            Resource: `arn:aws:iam::${connection.account_id}:group/deployers`,
          },
        ],
      };
      return {
        document: JSON.stringify(document, null, 2),
        notes: [
          'The trailing * covers the user names, which are not known beforehand.',
          'Groups have a statement of their own: AWS checks them on the group, not on the user.',
        ],
        optional: JSON.stringify(
          {
            Version: '2012-10-17',
            Statement: [
              { Sid: 'FindUsers', Effect: 'Allow', Action: ['iam:ListUsers'], Resource: ['*'] },
            ],
          },
          null,
          2,
        ),
      };
    },
    connection_remove: ({ name }) => {
      const connection = account.connection(name);
      if (connection.secrets > 0 || connection.open_leases > 0) {
        throw problem(
          'refused',
          `${name} is used by ${connection.secrets} dynamic secrets and ${connection.open_leases} open leases.`,
          'Delete the dynamic secrets first; their leases are revoked then.',
        );
      }
      const roles = account.scene.connections.filter(({ from }) => from === name);
      if (roles.length > 0) {
        throw problem(
          'refused',
          `The role of connection \`${roles.map((role) => role.name).join('`, `')}\` is assumed from \`${name}\`.`,
          'Remove that connection first.',
          'connection',
        );
      }
      account.scene.connections = account.scene.connections.filter((item) => item !== connection);
      account.changed();
      return null;
    },

    secret_list: () => account.scene.secrets,
    secret_check: ({ draft, id }) =>
      checkDraft(draft, (typed) => account.isTaken(typed, id ?? undefined)),
    secret_add: ({ draft }) => {
      const refused = checkDraft(draft, account.isTaken).problems[0];
      if (refused) throw refused;
      const connection = account.connection(draft.connection);
      const secret = secretOf(Date.now(), connection, normalised(draft));
      secret.id = `s-${account.next()}`;
      secret.created_at = secret.updated_at = new Date().toISOString();
      account.scene.secrets.push(secret);
      account.changed();
      return secret;
    },
    secret_edit: ({ id, draft }) => {
      const secret = account.secret(id);
      const refused = checkDraft(draft, (typed) => account.isTaken(typed, id)).problems[0];
      if (refused) throw refused;
      secret.draft = normalised(draft);
      secret.updated_at = new Date().toISOString();
      account.changed();
      return secret;
    },
    secret_pin: ({ id, pinned }) => {
      const secret = account.secret(id);
      secret.pinned = pinned;
      account.changed();
      return secret;
    },
    secret_remove: ({ id, revokeLeases }) => {
      const secret = account.secret(id);
      const open = account.scene.leases.filter(
        (lease) => lease.secret_id === id && OPEN.has(lease.state),
      );
      if (open.length > 0 && !revokeLeases) {
        throw problem('refused', `${secret.draft.name} has ${open.length} open leases.`);
      }
      const report = account.revoke(open.map((lease) => lease.id));
      secret.deleting = report.pending.length > 0;
      if (!secret.deleting) {
        account.scene.secrets = account.scene.secrets.filter((item) => item !== secret);
      }
      account.changed();
      return report;
    },

    lease_create: async ({ input }) => {
      const secret = account.secret(input.secret_id);
      const ttl = input.ttl ?? secret.draft.default_ttl;
      const refused = ttlProblem('ttl', ttl);
      if (refused) throw refused;
      if ((parseTtl(ttl) ?? 0) > (parseTtl(secret.draft.max_ttl) ?? 0)) {
        throw problem(
          'invalid_input',
          `${ttlWords(ttl)} is longer than the maximum of ${secret.draft.name}, ${ttlWords(secret.draft.max_ttl)}.`,
          `Write ${secret.draft.max_ttl} or less.`,
          'ttl',
        );
      }
      if (secret.preflight?.revoke === 'denied' && !input.despite_preflight) {
        throw problem(
          'refused',
          `A lease of ${secret.draft.name} could not be revoked: AWS denies iam:DeleteUser.`,
          'Add what is missing and check again, or issue it despite the pre-flight.',
          'despite_preflight',
        );
      }
      await sources.open(account.connection(secret.draft.connection));
      const number = account.next();
      const now = account.nowFor(secret);
      const lease = leaseOf(number, secret, now, {
        user_name: secret.draft.username_template
          ? exampleName(secret.draft, letters(number, 20))
          : `lh-${secret.draft.name}-${letters(number, 20)}`,
        label: input.label,
        expires_at: new Date(now + (parseTtl(ttl) ?? 0) * 1000).toISOString(),
        state: 'issuing',
        usable_after_ms: null,
      });
      const step = (name: 'recorded' | 'user_created' | 'guarded' | 'usable') =>
        account.emit('engine', {
          kind: 'issue_progress',
          request_id: input.request_id,
          lease_id: lease.id,
          step: name,
        });
      step('recorded');
      await pause();
      step('user_created');
      await pause();
      lease.state = 'active';
      account.scene.leases.unshift(lease);
      account.shown.set(lease.id, letters(number + 9, 40));
      step('guarded');
      account.emit('engine', { kind: 'lease_changed', lease });
      setTimeout(() => {
        lease.usable_after_ms = 4200;
        account.note(lease, 'usable', 'The key works.');
        step('usable');
        account.emit('engine', { kind: 'lease_changed', lease });
      }, stepMs * 3);
      windows.open(lease.id);
      return lease;
    },
    lease_list: () => account.scene.leases.filter((lease) => OPEN.has(lease.state)),
    lease_page: ({ query }) => pageOf(account.scene.leases, query),
    lease_show: ({ id }): LeaseDetail => {
      const lease = account.lease(id);
      const secret = account.scene.secrets.find((item) => item.id === lease.secret_id);
      const moment = lease.expires_at.replace(/[-:]|\.\d+/g, '');
      return {
        lease,
        events: account.historyOf(lease),
        policy_arns: secret?.draft.policy_arns ?? [],
        groups: secret?.draft.groups ?? [],
        inline_policies: [
          'leasehold-self-k3v9x2ab',
          `leasehold-until-${moment}-k3v9x2ab`,
          ...(secret?.draft.policy_documents ?? []).map((_, index) => `leasehold-doc-${index + 1}`),
        ],
        permission_boundary: secret?.draft.permission_boundary || null,
      };
    },
    lease_renewal_preview: ({ id, ttl, toMax }) => ({
      expires_at: account.renewed(id, ttl, toMax),
    }),
    lease_renew: ({ id, ttl, toMax }) => {
      const until = account.renewed(id, ttl, toMax);
      const lease = account.lease(id);
      lease.expires_at = until;
      account.note(lease, 'renewed', `Renewed until ${until}.`);
      account.emit('engine', { kind: 'lease_changed', lease });
      return lease;
    },
    lease_revoke: ({ ids }) => account.revoke(ids),
    lease_revoke_many: ({ ids, requestId }) => account.revokeMany(ids, requestId, pause),
    lease_revoke_stop: ({ requestId }) => {
      account.stopped.add(requestId);
      return null;
    },
    lease_forget: ({ id }) => {
      const lease = account.lease(id);
      if (!OPEN.has(lease.state)) {
        throw problem('refused', `The lease is ${lease.state}: there is nothing to forget.`);
      }
      lease.state = 'forgotten';
      lease.ended_at = new Date(account.nowFor(lease)).toISOString();
      lease.alarm = null;
      lease.cleanup = null;
      lease.next_attempt_at = null;
      account.note(lease, 'ended', 'Given up by a person; its user may still exist.');
      account.emit('engine', { kind: 'lease_changed', lease });
      return lease;
    },
    lease_acknowledge: ({ id }) => {
      const lease = account.lease(id);
      lease.alarm = null;
      account.note(lease, 'seen', 'A person has seen what was found.');
      account.emit('engine', { kind: 'lease_changed', lease });
      return lease;
    },
    lease_reconcile: async ({ connection }) => {
      await pause();
      const report = compare(account.scene, connection, new Date().toISOString());
      for (const { name } of account.scene.connections) {
        if (connection === null || name === connection) {
          account.emit('engine', { kind: 'reconciled', connection: name });
        }
      }
      return report;
    },
    orphan_list: ({ connection }) => {
      const { orphans, problems } = compare(account.scene, connection, new Date().toISOString());
      return { orphans, problems };
    },
    orphan_adopt: ({ connection, user }) => account.adopt(connection, user),
    orphan_remove: async ({ connection, user }) => {
      const lease = account.adopt(connection, user);
      await pause();
      account.end(lease, 'by_us');
      return lease;
    },
    secret_preflight: async ({ reference, canary }) => {
      const secret = account.secret(reference);
      const { denied } = account.scene;
      if (canary) await account.fly(secret, pause);
      else await pause();
      const now = account.nowFor(secret);
      secret.preflight = preflightOf(
        secret,
        secret.practice ? [] : denied,
        now,
        canary ? now : null,
      );
      account.log.add(
        'secret.preflight',
        `Issue ${secret.preflight.issue}, renew ${secret.preflight.renew}, revoke ${secret.preflight.revoke}.`,
        { secret: secret.draft.name, connection: secret.draft.connection },
      );
      account.changed();
      return secret.preflight;
    },
    activity_list: ({ query }) => account.log.list(query),
    activity_verify: () => account.log.verify(),
    activity_export: ({ format, query }) => {
      const file = account.log.export(format, query);
      account.written.push(file.path);
      return file;
    },
    break_glass_write: ({ folder }) => {
      const day = new Date().toISOString().slice(0, 10);
      const where = folder ?? `/home/ada/Downloads/leasehold-break-glass-${day}`;
      const files = {
        script: `${where}/leasehold-break-glass.sh`,
        list: `${where}/leasehold-break-glass.md`,
        leases: account.scene.leases.filter((lease) => OPEN.has(lease.state)).length,
      };
      account.written.push(files.script, files.list);
      return files;
    },
    lease_retry: ({ id }) => {
      const lease = account.lease(id);
      if (lease.cleanup?.blocked_by) {
        lease.attempts += 1;
        lease.next_attempt_at = new Date(account.nowFor(lease) + 8 * 60_000).toISOString();
        account.emit('engine', { kind: 'revoke_failed', lease });
        account.emit('engine', { kind: 'lease_changed', lease });
      } else {
        account.end(lease, lease.end_reason === 'expired' ? 'expired' : 'by_us');
      }
      return null;
    },

    credentials_open: ({ leaseId }) => {
      const lease = account.lease(leaseId);
      if (account.shown.has(leaseId)) {
        windows.open(leaseId);
        return null;
      }
      if (!lease.kept) {
        throw problem(
          'not_found',
          'The key of this lease is not kept.',
          'A secret access key is shown once, unless it is kept then. Generate a new lease.',
        );
      }
      if (account.scene.keychainProblem) throw account.scene.keychainProblem;
      account.shown.set(leaseId, letters(account.next(), 40));
      account.note(lease, 'handed_out', 'Its kept key was handed out again.');
      windows.open(leaseId);
      return null;
    },
    credentials_get: (_, keyOf) => ({ lease: account.lease(keyOf), format: account.format }),
    credentials_reveal: (_, keyOf) => {
      const { secret_access_key, session_token } = account.keysOf(keyOf);
      account.taken.add(keyOf);
      return { secret_access_key, session_token };
    },
    credentials_preview: ({ format }, keyOf) => {
      const text = render(masked(account.keysOf(keyOf)), format);
      account.format = format;
      return text;
    },
    credentials_copy: ({ format }, keyOf) => {
      account.clipboard = account.valueOf(keyOf, format);
      const open = format === 'user_name' || format === 'access_key_id';
      if (!open) account.taken.add(keyOf);
      return { clears_in_seconds: open ? null : account.settings.clipboard_seconds };
    },
    credentials_keep: ({ keep }, keyOf) => {
      const lease = account.lease(keyOf);
      lease.kept = keep;
      account.emit('engine', { kind: 'lease_changed', lease });
      return null;
    },
    credentials_close: ({ anyway }, keyOf) => {
      if (!anyway && account.isUntaken(keyOf)) return false;
      account.shown.delete(keyOf);
      account.taken.delete(keyOf);
      windows.close(keyOf);
      return true;
    },

    practice_skip: ({ connection: name, ttl }) => {
      const refused = ttlProblem('ttl', ttl);
      if (refused) throw refused;
      const connection = account.connection(name);
      const skipped = (parseTtl(ttl) ?? 0) * 1000;
      connection.clock_offset_ms += skipped;
      for (const lease of account.scene.leases) {
        if (lease.connection === name) lease.clock_offset_ms = connection.clock_offset_ms;
      }
      account.emit('engine', {
        kind: 'clock_moved',
        connection: name,
        clock_offset_ms: connection.clock_offset_ms,
      });
      account.changed();
      return null;
    },
    practice_reset: ({ connection: name }) => {
      const connection = account.connection(name);
      connection.clock_offset_ms = 0;
      account.scene.leases = account.scene.leases.filter((lease) => lease.connection !== name);
      account.emit('engine', { kind: 'clock_moved', connection: name, clock_offset_ms: 0 });
      account.changed();
      return null;
    },
    settings_get: () => account.settings,
    settings_set: ({ settings }) => {
      if (settings.clipboard_seconds < 5 || settings.clipboard_seconds > 600) {
        throw problem(
          'invalid_input',
          'The clipboard is cleared after 5 to 600 seconds.',
          'Write 30.',
          'clipboard_seconds',
        );
      }
      if (settings.unload_after_minutes > 1440) {
        throw problem(
          'invalid_input',
          'The hidden window is kept for 1 to 1440 minutes, or for good with 0.',
          'Choose for example 10.',
          'unload_after_minutes',
        );
      }
      if (settings.reuse_share > 90) {
        throw problem(
          'invalid_input',
          'A kept key is handed out while 0 to 90 percent of its time are left.',
          'Choose for example 25.',
          'reuse_share',
        );
      }
      refuseFolder(settings.break_glass_folder);
      account.settings = settings;
      account.log.add('settings.changed', 'Settings were changed.');
      account.emit('engine', { kind: 'settings_changed' });
      return null;
    },
  };
}
