// One tick for everything that shows time: each second while something runs out, each minute while nothing does, none
// while the window is hidden.
import { lookAtPlace } from '../time/formats.svelte';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export class Clock {
  /** This computer's time, in milliseconds, as of the last tick. */
  now = $state(Date.now());
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;

  /** `isBusy`: something on the screen is told by the second. Who changes that calls `wake`. */
  constructor(private readonly isBusy: () => boolean = () => true) {}

  /** Starts ticking; the returned function ends it. */
  start(): () => void {
    this.running = true;
    const look = () => (document.hidden ? this.rest() : this.wake());
    // The language, or the time zone of a traveller.
    const place = () => lookAtPlace();
    document.addEventListener('visibilitychange', look);
    window.addEventListener('focus', look);
    window.addEventListener('languagechange', place);
    look();
    return () => {
      this.running = false;
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('focus', look);
      window.removeEventListener('languagechange', place);
      this.rest();
    };
  }

  /** The time may have jumped: a computer woke up. */
  look(): void {
    if (document.hidden) this.now = Date.now();
    else this.tick();
  }

  /** AWS's time on a connection with this clock offset. */
  aws(offsetMs: number): number {
    return this.now + offsetMs;
  }

  /** Now, and from now on at the pace that is needed now. */
  wake = (): void => {
    lookAtPlace();
    this.tick();
  };

  private tick = () => {
    clearTimeout(this.timer);
    if (!this.running || document.hidden) return;
    const before = this.now;
    this.now = Date.now();
    if (Math.floor(before / MINUTE) !== Math.floor(this.now / MINUTE)) lookAtPlace();
    // On the whole second or minute, so that all countdowns step together and the tick does not drift.
    const pace = this.isBusy() ? SECOND : MINUTE;
    this.timer = setTimeout(this.tick, pace - (this.now % pace));
  };

  private rest(): void {
    clearTimeout(this.timer);
  }
}
