// The short way to a first lease: the practice account, and a form that is filled in already.
import { asProblem } from '../../api/problem';
import type { Problem } from '../../api/types';
import type { Desk } from '../../state/desk.svelte';
import { emptyDraft } from '../form/draft';

const READ_USERS = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['iam:GetUser', 'iam:ListUsers'], Resource: '*' }],
  },
  null,
  2,
);

export class FirstRunModel {
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);

  constructor(private readonly desk: Desk) {}

  practise = async (): Promise<void> => {
    const { api, ledger, drafts, router } = this.desk;
    this.busy = true;
    this.problem = null;
    try {
      const connection = await api.addPractice('practice');
      await ledger.connections.refresh();
      drafts.secret = {
        ...emptyDraft(ledger.environments.value?.[0]?.name ?? 'development'),
        name: 'try-me',
        connection: connection.name,
        region: connection.region,
        default_ttl: '10m',
        max_ttl: '1h',
        policy_documents: [READ_USERS],
      };
      router.go({ screen: 'new' });
    } catch (rejection) {
      this.problem = asProblem(rejection);
    } finally {
      this.busy = false;
    }
  };
}
