// A desk on a fake desktop, for tests of controllers and views.
import { render } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import App from '../src/App.svelte';
import type { Problem } from '../src/api/types';
import { FakePlatform, type FakeOptions } from '../src/platform/fake';
import { Desk } from '../src/state/desk.svelte';
import Credentials from '../src/views/credentials/Credentials.svelte';

export const NOON = new Date('2026-11-21T12:00:00Z');

export async function deskOn(options: FakeOptions = {}) {
  const fake = new FakePlatform(options);
  const desk = new Desk(fake);
  const end = desk.start();
  await desk.ledger.refresh();
  return { fake, desk, end };
}

/** The whole window, and a person at it. */
export function openWindow(options: FakeOptions = {}, path = '/') {
  history.replaceState(null, '', `/#${path}`);
  const fake = new FakePlatform(options);
  const person = userEvent.setup({ pointerEventsCheck: 0 });
  const view = render(App, { platform: fake });
  return { fake, person, ...view };
}

/** The window of a lease's key, beside the main one. */
export function openKey(fake: FakePlatform, leaseId: string) {
  const platform = fake.keys.get(leaseId);
  if (!platform) throw new Error(`No window shows the key of ${leaseId}.`);
  return render(Credentials, { platform });
}

export const denied: Problem = {
  code: 'aws_denied',
  message: 'AWS denied iam:CreateUser.',
  hint: 'Give the managing user the policy.',
  field: null,
};

export const callsOf = (fake: FakePlatform, name: string) =>
  fake.calls.filter((call) => call.name === name).map((call) => call.args);
