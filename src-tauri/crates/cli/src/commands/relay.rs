//! Signals that are passed on to a child, so that it seems to have been called directly.

#[cfg(not(unix))]
use leasehold_domain::Problem;

/// A signal, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal(pub i32);

#[cfg(unix)]
pub use on_unix::{Relay, ignored};

#[cfg(unix)]
mod on_unix {
    use std::future::poll_fn;
    use std::process::ExitCode;
    use std::task::Poll;

    use leasehold_domain::{Code, Problem};
    use rustix::process::{Pid, kill_process};
    use signal_hook::consts as number;
    use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

    use super::Signal;

    /// What is passed on. Stopping and going on (`SIGTSTP`, `SIGCONT`) are left as they are: the
    /// terminal sends them to the child as well, and we stop beside it.
    const PASSED_ON: &[i32] = &[
        number::SIGHUP,
        number::SIGINT,
        number::SIGQUIT,
        number::SIGTERM,
        number::SIGUSR1,
        number::SIGUSR2,
    ];
    const STOPPING: &[i32] = &[
        number::SIGHUP,
        number::SIGINT,
        number::SIGQUIT,
        number::SIGTERM,
    ];
    /// What a process may end by without leaving a picture of its memory behind.
    const PLAIN_ENDS: &[i32] = &[
        number::SIGHUP,
        number::SIGINT,
        number::SIGTERM,
        number::SIGKILL,
        number::SIGPIPE,
        number::SIGALRM,
        number::SIGUSR1,
        number::SIGUSR2,
    ];

    /// Hears the signals that are for the child.
    pub struct Relay {
        listeners: Vec<(i32, Listener)>,
    }

    impl Relay {
        pub fn new() -> Result<Self, Problem> {
            let ignored = ignored();
            let listeners = PASSED_ON
                .iter()
                // `nohup` and a shell's background jobs: the child inherits what is ignored.
                .filter(|number| ignored >> (*number - 1) & 1 == 0)
                .map(|number| Ok((*number, signal(SignalKind::from_raw(*number))?)))
                .collect::<std::io::Result<Vec<_>>>()
                .map_err(|error| {
                    Problem::new(
                        Code::Internal,
                        format!("The system does not tell of signals: {error}."),
                    )
                })?;
            Ok(Self { listeners })
        }

        /// The next signal.
        pub async fn next(&mut self) -> Signal {
            poll_fn(|context| {
                for (number, listener) in &mut self.listeners {
                    if let Poll::Ready(Some(())) = listener.poll_recv(context) {
                        return Poll::Ready(Signal(*number));
                    }
                }
                Poll::Pending
            })
            .await
        }

        /// The next signal that asks a process to end.
        pub async fn next_stop(&mut self) -> Signal {
            loop {
                let signal = self.next().await;
                if STOPPING.contains(&signal.0) {
                    return signal;
                }
            }
        }

        /// Passes a signal on, unless the child has it already: what is typed at a terminal goes to
        /// everybody in its foreground.
        pub fn pass_on(&self, signal: Signal, child: Option<u32>) {
            let is_typed = matches!(signal.0, number::SIGINT | number::SIGQUIT);
            if is_typed && is_in_foreground() {
                return;
            }
            let pid = child.and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
            let signal = rustix::process::Signal::from_named_raw(signal.0);
            if let (Some(pid), Some(signal)) = (pid, signal) {
                // A child that is gone by now needs none.
                let _ = kill_process(pid, signal);
            }
        }
    }

    impl Signal {
        /// Ends this process by the signal, where that is possible.
        pub fn end_by(self) {
            if PLAIN_ENDS.contains(&self.0) {
                let _ = signal_hook::low_level::emulate_default_handler(self.0);
            }
        }

        /// As shells say it.
        pub fn exit_code(self) -> ExitCode {
            ExitCode::from(u8::try_from(128 + self.0).unwrap_or(u8::MAX))
        }
    }

    /// Whether a terminal that controls us sends what is typed to us and the child.
    fn is_in_foreground() -> bool {
        let terminal = std::fs::File::open("/dev/tty").ok();
        let foreground = terminal.and_then(|tty| rustix::termios::tcgetpgrp(tty).ok());
        foreground == Some(rustix::process::getpgrp())
    }

    /// The signals that this process was started to ignore, one bit each. Only Linux tells without
    /// being asked in an unsafe way; elsewhere none.
    pub fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or_default()
    }
}

/// Windows sends Ctrl-C to every process of a console by itself, and knows no other signal.
#[cfg(not(unix))]
pub struct Relay;

#[cfg(not(unix))]
impl Relay {
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub fn new() -> Result<Self, Problem> {
        Ok(Self)
    }

    pub async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal(2)
    }

    pub async fn next_stop(&mut self) -> Signal {
        self.next().await
    }

    pub fn pass_on(&self, _signal: Signal, _child: Option<u32>) {}
}

#[cfg(not(unix))]
impl Signal {
    pub fn end_by(self) {}

    pub fn exit_code(self) -> std::process::ExitCode {
        std::process::ExitCode::from(130)
    }
}
