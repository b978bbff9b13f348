// Where the gateway stands, in few words.
import type { GatewayState } from '../api/types';
import type { Tone } from './lease';

/** Somebody can ask there, whichever process serves it. */
export const gatewayWorks = ({ state }: GatewayState): boolean =>
  state === 'listening' || state === 'elsewhere' || state === 'starting';

export function gatewayLook(state: GatewayState): { word: string; tone: Tone } {
  switch (state.state) {
    case 'off':
      return { word: 'Off', tone: 'plain' };
    case 'starting':
      return { word: 'Starting', tone: 'plain' };
    case 'listening':
      return { word: 'Listening', tone: 'ok' };
    case 'stopping':
      return { word: 'Stopping', tone: 'plain' };
    case 'elsewhere':
      return { word: 'Served elsewhere', tone: 'warn' };
    case 'failed':
      return { word: 'Failed', tone: 'danger' };
  }
}

const PROCESSES: Record<string, string> = {
  cli: 'leasehold gateway serve in a terminal',
  window: 'another window of Leasehold',
};

/** The process that serves instead of this one. */
export const servedBy = (by: string, pid: number): string =>
  `${PROCESSES[by] ?? by} (process ${pid})`;
