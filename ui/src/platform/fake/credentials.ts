// Credentials written out as the engine would write them, with a secret that opens nothing.
import type { Format } from '../../api/types';

export interface Keys {
  access_key_id: string;
  secret_access_key: string;
  session_token: string | null;
  region: string;
  expires_at: string;
  user_name: string;
}

export function render(keys: Keys, format: Format): string {
  const variables: [string, string][] = [
    ['AWS_ACCESS_KEY_ID', keys.access_key_id],
    ['AWS_SECRET_ACCESS_KEY', keys.secret_access_key],
    ...(keys.session_token === null
      ? []
      : [['AWS_SESSION_TOKEN', keys.session_token] as [string, string]]),
    ['AWS_REGION', keys.region],
    ['AWS_DEFAULT_REGION', keys.region],
  ];
  const lines = (line: (name: string, value: string) => string) =>
    variables.map(([name, value]) => line(name, value)).join('\n');
  const cleared = keys.session_token === null ? 'AWS_SESSION_TOKEN AWS_PROFILE' : 'AWS_PROFILE';
  switch (format) {
    case 'bash':
      return `unset ${cleared}\n${lines((name, value) => `export ${name}=${value}`)}`;
    case 'fish':
      return `set -e ${cleared}\n${lines((name, value) => `set -gx ${name} ${value}`)}`;
    case 'powershell':
      return lines((name, value) => `$Env:${name} = "${value}"`);
    case 'cmd':
      return lines((name, value) => `set ${name}=${value}`);
    case 'dotenv':
      return lines((name, value) => `${name}=${value}`);
    case 'json':
      return JSON.stringify(
        keys.session_token === null ? { ...keys, session_token: undefined } : keys,
        null,
        2,
      );
    case 'process':
      return JSON.stringify(
        {
          Version: 1,
          AccessKeyId: keys.access_key_id,
          SecretAccessKey: keys.secret_access_key,
          ...(keys.session_token === null ? {} : { SessionToken: keys.session_token }),
          Expiration: keys.expires_at,
        },
        null,
        2,
      );
    case 'docker':
      return variables.map(([name, value]) => `-e ${name}=${value}`).join(' ');
    case 'profile':
      return `[${keys.user_name}]\naws_access_key_id = ${keys.access_key_id}\naws_secret_access_key = ${keys.secret_access_key}\n${keys.session_token === null ? '' : `aws_session_token = ${keys.session_token}\n`}region = ${keys.region}`;
  }
}
