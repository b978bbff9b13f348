// The gateway of the fake desktop: where it would listen, what is wrong with its settings, what a client needs.
import type { ClientHelp, GatewaySettings, GatewayState, Problem } from '../../../api/types';
import { problem } from '../rules';
import { USUAL_SOCKET, type AccessScene } from './scenes';

const NEAR = /^(127\.|\[::1\])/;

export function checkSettings(settings: GatewaySettings): Problem[] {
  const found: Problem[] = [];
  const refuse = (field: string, message: string, hint: string) =>
    found.push(problem('invalid_input', message, hint, field));
  for (const address of settings.listen) {
    if (!/^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+$/.test(address)) {
      const port = /^localhost:(\d+)$/.exec(address)?.[1];
      refuse(
        'listen',
        `\`${address}\` is not an address and a port.`,
        port
          ? `Write 127.0.0.1:${port}.`
          : 'Write an address and a port, for example 127.0.0.1:8732.',
      );
    } else if (!NEAR.test(address) && settings.tls === 'none') {
      refuse(
        'listen',
        `${address} is reached from other computers, and keys would go over the network in clear.`,
        'Choose a certificate, or listen at 127.0.0.1 and forward the port.',
      );
    }
  }
  if (settings.listen.length === 0 && settings.socket === '') {
    refuse(
      'listen',
      'The gateway would listen nowhere.',
      'Give it an address such as 127.0.0.1:8732, or a socket.',
    );
  }
  if (settings.socket === '/') {
    refuse('socket', 'The socket has no whole path.', `Write it like ${USUAL_SOCKET}.`);
  }
  if (settings.tls === 'files' && settings.tls_cert === '') {
    refuse('tls_cert', 'A certificate is needed.', 'Write the path of a PEM file.');
  }
  if (settings.tls === 'files' && settings.tls_key === '') {
    refuse('tls_key', 'Its private key is needed.', 'Write the path of a PEM file.');
  }
  return found;
}

const FINGERPRINT = '3f9a41c07be2d85516fa90c4e7b1d20a8c6e5f13947dba02c8f1e6370b5a9d42';

function urlsOf(settings: GatewaySettings): string[] {
  const scheme = settings.tls === 'none' ? 'http' : 'https';
  const socket = settings.socket === 'usual' ? USUAL_SOCKET : settings.socket;
  return [
    ...settings.listen.map((address) => `${scheme}://${address}`),
    ...(socket === '' ? [] : [`unix:${socket}`]),
  ];
}

export function stateOf({ gateway, trouble }: AccessScene, now: number): GatewayState {
  if (!gateway.on) return { state: 'off' };
  const serving = {
    urls: urlsOf(gateway),
    certificate_sha256: gateway.tls === 'none' ? null : FINGERPRINT,
    since: new Date(now - 42 * 60_000).toISOString(),
  };
  const retry_at = new Date(now + 30_000).toISOString();
  if (trouble === 'failed') {
    return {
      state: 'failed',
      problem: problem(
        'refused',
        'The gateway cannot listen at 127.0.0.1:8732: address already in use.',
        'Another program has this port. Choose another one below, or end that program.',
        'listen',
      ),
      retry_at,
    };
  }
  if (trouble === 'elsewhere') {
    return {
      state: 'elsewhere',
      problem: problem(
        'busy',
        'Another process of this home serves the gateway already.',
        'Callers get their leases there. End it, and this window takes over.',
      ),
      serving: { ...serving, by: 'cli', pid: 4242 },
      retry_at,
    };
  }
  return { state: 'listening', ...serving };
}

export function helpFor(id: string | null, settings: GatewaySettings): ClientHelp[] {
  const configure = (url: string) =>
    `leasehold configure --profile default --access-id ${id ?? 'p-…'} --access-type aws_iam --gateway-url ${url}`;
  const urls = urlsOf(settings);
  const http = urls.find((url) => url.startsWith('http')) ?? 'http://127.0.0.1:8732';
  const socket = urls.find((url) => url.startsWith('unix:'))?.slice('unix:'.length);
  const far = '/home/YOU/.leasehold.sock';
  const over = socket
    ? `ssh -N -o StreamLocalBindUnlink=yes -R ${far}:${socket} MACHINE\n${configure(`unix:${far}`)}`
    : `ssh -N -R 127.0.0.1:8732:${http.replace(/^\w+:\/\//, '')} MACHINE\n${configure('http://127.0.0.1:8732')}`;
  return [
    {
      id: 'configure',
      title: 'On this computer, with leasehold',
      text: configure(http),
      note: 'Afterwards `leasehold credentials NAME --profile default` logs in by itself.',
    },
    {
      id: 'ssh',
      title: 'On another machine, over SSH',
      text: over,
      note: 'The first line runs here and stays open; the second runs over there, where YOU are called by another name.',
    },
    {
      id: 'aws',
      title: 'In ~/.aws/config',
      text: '[profile app]\ncredential_process = leasehold credentials NAME --profile default',
      note: 'NAME is the path or name of a dynamic secret.',
    },
    {
      id: 'python',
      title: "With Akeyless's own Python client",
      text: `import akeyless
from akeyless_cloud_id import CloudId

api = akeyless.V2Api(akeyless.ApiClient(akeyless.Configuration(host="${http}")))
login = akeyless.Auth(access_id="${id ?? 'p-…'}", access_type="aws_iam", cloud_id=CloudId().generate())
token = api.auth(login).token
`,
      note: null,
    },
  ];
}
