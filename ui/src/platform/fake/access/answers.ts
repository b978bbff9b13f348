// What the fake desktop answers about who may ask from outside.
import type { AuthMethodView, RevokeReport, RoleView } from '../../../api/types';
import type { FakeAccount } from '../account';
import type { Answers } from '../answers';
import { letters, type SceneName } from '../scenes';
import { problem } from '../rules';
import { checkSettings, helpFor, stateOf } from './gate';
import { judge, whoOf } from './judge';
import { checkMethod, pathOfName, ruleProblem } from './rules';
import { accessOf, methodOf, USUAL_SOCKET, type AccessScene } from './scenes';

type Names = Extract<
  keyof Answers,
  | `auth_method_${string}`
  | `role_${string}`
  | `approval_${string}`
  | `session_${string}`
  | `identity_${string}`
  | `gateway_${string}`
>;

const SMALL = 'abcdefghijkmnpqrstuvwxyz234567';

export class FakeAccess {
  readonly scene: AccessScene;

  constructor(
    name: SceneName,
    private readonly account: FakeAccount,
  ) {
    this.scene = accessOf(name, Date.now());
    this.recount();
  }

  changed(): void {
    this.recount();
    this.account.emit('engine', { kind: 'access_changed' });
  }

  private recount(): void {
    for (const method of this.scene.methods) {
      method.roles = this.scene.roles
        .filter((role) => role.associations.some((way) => way.access_id === method.access_id))
        .map(({ name }) => name);
    }
  }

  method(id: string): AuthMethodView {
    const found = this.scene.methods.find(
      (one) => one.access_id === id || one.name === id || one.name === `/${id}`,
    );
    if (!found)
      throw problem('not_found', `There is no auth method \`${id}\`.`, null, 'auth_method');
    return found;
  }

  role(name: string): RoleView {
    const found = this.scene.roles.find((one) => one.name === name);
    if (!found) throw problem('not_found', `There is no access role \`${name}\`.`, null, 'name');
    return found;
  }

  /** The sessions of a method's identities end. */
  end(keep: (session: AccessScene['sessions'][number]) => boolean): void {
    this.scene.sessions = this.scene.sessions.filter(keep);
  }

  ended(asked: boolean, count: number): RevokeReport | null {
    if (!asked) return null;
    const revoked = Array.from({ length: count }, (_, index) => `l-${900 + index}`);
    return { revoked, ended: [], pending: [], untouched: [] };
  }

  pathOf(draft: { environment: string; folder: string; name: string }): string {
    return `/${draft.environment}${draft.folder === '/' ? '' : draft.folder}/${draft.name}`;
  }
}

export function accessAnswers(access: FakeAccess, account: FakeAccount): Pick<Answers, Names> {
  const { scene } = access;
  const approval = (id: string) => {
    const found = scene.approvals.find((one) => one.id === id);
    if (!found) throw problem('not_found', `Nobody with the id \`${id}\` has come.`, null, 'id');
    return found;
  };
  const taken = (but: string | null) => (name: string) =>
    scene.methods.some((one) => one.name === name && one.access_id !== but);
  const tell = () => account.emit('gateway', stateOf(scene, Date.now()));
  const view = () => ({
    settings: scene.gateway,
    state: stateOf(scene, Date.now()),
    usual_socket: USUAL_SOCKET,
  });
  return {
    auth_method_list: () => scene.methods.toSorted((a, b) => a.name.localeCompare(b.name)),
    auth_method_check: ({ draft, id }) => checkMethod(draft, taken(id), Date.now()),
    auth_method_create: ({ draft }) => {
      const [refused] = checkMethod(draft, taken(null), Date.now()).problems;
      if (refused) throw refused;
      const method = methodOf(Date.now(), `p-${letters(account.next(), 14, SMALL)}`, {
        ...draft,
        name: pathOfName(draft.name),
      });
      method.created_at = method.updated_at = new Date().toISOString();
      scene.methods.push(method);
      access.changed();
      return method;
    },
    auth_method_update: ({ id, seen, draft }) => {
      const method = access.method(id);
      if (JSON.stringify(method.method) !== JSON.stringify(seen)) {
        throw problem(
          'refused',
          `The auth method ${method.name} was changed by somebody else meanwhile.`,
          'Look at it as it is now, and change that.',
        );
      }
      const [refused] = checkMethod(draft, taken(method.access_id), Date.now()).problems;
      if (refused) throw refused;
      const made = methodOf(Date.now(), method.access_id, {
        ...draft,
        name: pathOfName(draft.name),
      });
      Object.assign(method, made, { enabled: method.enabled, created_at: method.created_at });
      method.updated_at = new Date().toISOString();
      access.end((session) => session.access_id !== method.access_id);
      access.changed();
      return method;
    },
    auth_method_enable: ({ id, on, revokeLeases }) => {
      const method = access.method(id);
      method.enabled = on;
      if (!on) access.end((session) => session.access_id !== method.access_id);
      access.changed();
      return { method, leases: access.ended(revokeLeases && !on, method.open_leases) };
    },
    auth_method_delete: ({ id, revokeLeases }) => {
      const method = access.method(id);
      if (method.method.delete_protection) {
        throw problem('refused', `The auth method ${method.name} is protected from being deleted.`);
      }
      scene.methods = scene.methods.filter((one) => one !== method);
      for (const role of scene.roles) {
        role.associations = role.associations.filter((way) => way.access_id !== method.access_id);
      }
      access.end((session) => session.access_id !== method.access_id);
      access.changed();
      return { leases: access.ended(revokeLeases, method.open_leases) };
    },

    role_list: () => scene.roles.toSorted((a, b) => a.name.localeCompare(b.name)),
    role_create: ({ name, description }) => {
      account.checkSlug(name, scene.roles, 'a role');
      const role: RoleView = {
        name,
        description,
        rules: [],
        associations: [],
        notices: [],
        created_at: new Date().toISOString(),
      };
      scene.roles.push(role);
      access.changed();
      return role;
    },
    role_delete: ({ name }) => {
      const role = access.role(name);
      scene.roles = scene.roles.filter((one) => one !== role);
      access.changed();
      return null;
    },
    role_set_rule: ({ name, path, capabilities }) => {
      const role = access.role(name);
      const refused = ruleProblem(path, capabilities);
      if (refused) throw refused;
      const rule = { path: path.startsWith('/') ? path : `/${path}`, capabilities };
      role.rules = [...role.rules.filter((one) => one.path !== rule.path), rule].sort((a, b) =>
        a.path.localeCompare(b.path),
      );
      access.changed();
      return role;
    },
    role_delete_rule: ({ name, path }) => {
      const role = access.role(name);
      role.rules = role.rules.filter((rule) => rule.path !== path);
      access.changed();
      return role;
    },
    role_associate: ({ name, authMethod, subClaims, caseSensitive }) => {
      const role = access.role(name);
      const method = access.method(authMethod);
      const empty = Object.values(subClaims).some((value) => value.trim() === '');
      if (empty || (method.method.force_sub_claims && Object.keys(subClaims).length === 0)) {
        throw problem(
          'invalid_input',
          empty
            ? '`` is not a value: that has 1 to 2048 printable characters.'
            : 'The auth method asks every association for sub-claims.',
          empty
            ? 'Write the value, or * for any.'
            : 'Give at least one, for example role_name=dev-*.',
          'sub_claims',
        );
      }
      const way = {
        access_id: method.access_id,
        auth_method: method.name,
        sub_claims: subClaims,
        case_sensitive: caseSensitive,
      };
      const others = role.associations.filter((one) => one.access_id !== method.access_id);
      role.associations = [...others, way];
      access.changed();
      return role;
    },
    role_dissociate: ({ name, authMethod }) => {
      const role = access.role(name);
      const { access_id: id } = access.method(authMethod);
      role.associations = role.associations.filter((way) => way.access_id !== id);
      access.changed();
      return role;
    },
    role_who: ({ path }) => whoOf(scene.roles, scene.methods, path),
    role_reach: ({ name }) =>
      account.scene.secrets.map(({ id, draft }) => {
        const path = access.pathOf(draft);
        const roles = scene.roles.filter((role) => name === null || role.name === name);
        return { secret_id: id, path, ways: whoOf(roles, scene.methods, path) };
      }),

    approval_list: () =>
      scene.approvals.toSorted(
        (a, b) =>
          Number(b.standing === 'asked') - Number(a.standing === 'asked') ||
          b.last_seen_at.localeCompare(a.last_seen_at),
      ),
    approval_allow: ({ id, always }) => {
      const one = approval(id);
      one.standing = always ? 'always' : 'once';
      account.emit('access', { kind: 'answered', id });
      access.changed();
      return one;
    },
    approval_deny: ({ id, revokeLeases }) => {
      const one = approval(id);
      one.standing = 'denied';
      access.end((session) => session.stable_id !== one.stable_id);
      account.emit('access', { kind: 'answered', id });
      access.changed();
      return { approval: one, leases: access.ended(revokeLeases, one.open_leases) };
    },

    session_list: () => scene.sessions,
    session_revoke: ({ id, revokeLeases }) => {
      const session = scene.sessions.find((one) => one.id === id);
      if (!session) throw problem('not_found', `There is no session \`${id}\`.`, null, 'id');
      access.end((one) => one !== session);
      access.changed();
      return { leases: access.ended(revokeLeases, session.open_leases) };
    },

    identity_test: ({ id, cloudIdentity, client, path }) => {
      const method = access.method(id);
      if (!/^[A-Za-z0-9+/]+=*$/.test(cloudIdentity)) {
        return {
          access_id: method.access_id,
          auth_method: method.name,
          accepted: false,
          reason: 'not_base64',
          why: 'The cloud identity, or a part of it, is not base64 with the standard alphabet and padding.',
          claims: {},
          checks: [],
          roles: [],
          decisions: [],
        };
      }
      const arn = 'arn:aws:sts::123456789012:assumed-role/dev-box/i-0abc1234def567890';
      return judge(method, scene.roles, { arn, client, region: 'us-east-1', path });
    },
    identity_imagine: ({ id, arn, region, client, path }) => {
      const method = access.method(id);
      if (!arn.startsWith('arn:')) {
        throw problem(
          'invalid_input',
          `\`${arn}\` is not an ARN.`,
          'Write arn:aws:iam::123456789012:role/name, arn:aws:sts::123456789012:assumed-role/name/session or arn:aws:iam::123456789012:user/name.',
          'arn',
        );
      }
      return judge(method, scene.roles, { arn, client, region, path });
    },

    gateway_get: view,
    gateway_check: ({ settings }) => checkSettings(settings),
    gateway_set: ({ settings }) => {
      const [refused] = checkSettings(settings);
      const isOff = !settings.on && scene.gateway.on;
      if (refused && !isOff) throw refused;
      scene.gateway = settings;
      tell();
      return view();
    },
    gateway_retry: () => {
      tell();
      return null;
    },
    gateway_client: ({ id }) => helpFor(id, scene.gateway),
  };
}
