//! A child process that cannot outlive its test, and whose output can be waited for.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::STEP;

/// A running program with everything it started. Dropping it kills them all.
pub struct Process {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    output: watch::Receiver<Printed>,
}

struct Printed {
    lines: Vec<String>,
    /// What of it came on standard output, as it came.
    stdout: String,
    open_ends: u8,
}

impl Process {
    /// Starts the command in a process group of its own, with standard input kept open and both outputs collected. It gets
    /// the variables that were set on the command and no others: begin with [`crate::session::Session::command`].
    ///
    /// # Errors
    /// When the program is missing or cannot be started.
    pub fn start(command: Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = spawn(bound_to_this_process(&command)).with_context(|| missing(&name))?;
        let (sender, output) = watch::channel(Printed {
            lines: Vec::new(),
            stdout: String::new(),
            open_ends: 2,
        });
        let stdin = child.stdin.take();
        collect(child.stdout.take(), sender.clone(), true);
        collect(child.stderr.take(), sender, false);
        Ok(Self {
            name,
            child,
            stdin,
            output,
        })
    }

    /// Writes to the program's standard input.
    ///
    /// # Errors
    /// When the input was closed by either side.
    pub fn write(&mut self, text: &[u8]) -> Result<()> {
        let stdin = self
            .stdin
            .as_mut()
            .ok_or_else(|| anyhow!("{}: input closed", self.name))?;
        stdin
            .write_all(text)
            .and_then(|()| stdin.flush())
            .context("writing to the program")
    }

    /// Ends the program's standard input.
    pub fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for the first line of output that `find` makes something of.
    ///
    /// # Errors
    /// When the program ends or [`crate::STEP`] passes before; the error carries all it printed.
    pub async fn line<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> Result<T> {
        let mut output = self.output.clone();
        let found = |lines: &[String]| lines.iter().find_map(|line| find(line));
        let waiting =
            output.wait_for(|output| output.open_ends == 0 || found(&output.lines).is_some());
        let answer = match timeout(STEP, waiting).await {
            Ok(Ok(output)) => found(&output.lines),
            _ => None,
        };
        answer.ok_or_else(|| anyhow!("{} did not print {what}:\n{}", self.name, self.output()))
    }

    /// All it has printed so far, both outputs mixed, one line each.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.borrow().lines.join("\n")
    }

    /// What it has printed on standard output so far, without the last line's end.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.output.borrow().stdout.clone()
    }

    /// Waits until nothing more can come from it: it has ended, and all it printed was read.
    pub async fn drained(&self) {
        let mut output = self.output.clone();
        // An error means that both readers have ended.
        let _ = timeout(STEP, output.wait_for(|output| output.open_ends == 0)).await;
    }

    /// Stops it where it is (SIGSTOP), as a lid that is closed does.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn pause(&self) -> Result<()> {
        kill_process(self.pid()?, Signal::STOP).context("SIGSTOP")
    }

    /// Lets it go on after [`Process::pause`].
    ///
    /// # Errors
    /// When it has ended already.
    pub fn go_on(&self) -> Result<()> {
        kill_process(self.pid()?, Signal::CONT).context("SIGCONT")
    }

    /// Whether it has begun to handle SIGTERM itself, and so would end in order.
    ///
    /// # Errors
    /// When it has ended.
    pub fn handles_termination(&self) -> Result<bool> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = u64::from_str_radix(caught.unwrap_or_default().trim(), 16).unwrap_or(0);
        Ok(caught & (1 << (Signal::TERM.as_raw() - 1)) != 0)
    }

    /// The process id, for tests that look at `/proc`.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended yet.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end (SIGTERM), as a session does when the user logs out.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn terminate(&self) -> Result<()> {
        kill_process(self.pid()?, Signal::TERM).context("SIGTERM")
    }

    /// Ends it and everything it started at once (SIGKILL), as a crash or a power cut does.
    pub fn kill(&mut self) {
        if let Ok(pid) = self.pid() {
            // An error means that nobody is left in the group.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it is still running after [`crate::STEP`].
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        self.ended_within(STEP).await
    }

    /// The same with more patience.
    ///
    /// # Errors
    /// When it is still running then.
    pub async fn ended_within(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("{} is still running:\n{}", self.name, self.output());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn pid(&self) -> Result<Pid> {
        let id = i32::try_from(self.child.id())?;
        Pid::from_raw(id).ok_or_else(|| anyhow!("{} has no process id", self.name))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command to its end with this standard input.
///
/// # Errors
/// When it cannot be started or is still running after [`crate::STEP`]. A failure it reports itself is in the output.
pub async fn finish(command: Command, input: &[u8]) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut command = tokio::process::Command::from(command);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().with_context(|| missing(&name))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that reads no input may have ended already.
        let _ = stdin.write_all(input).await;
    }
    let ending = timeout(STEP, child.wait_with_output()).await;
    Ok(ending.map_err(|_| anyhow!("{name} is still running after {STEP:?}"))??)
}

fn missing(program: &str) -> String {
    format!("cannot start {program}: is its package installed?")
}

/// The same command, killed by the kernel as soon as the thread that starts it ends.
fn bound_to_this_process(command: &Command) -> Command {
    let mut bound = Command::new("setpriv");
    bound.args(["--pdeathsig", "KILL", "--"]);
    bound.arg(command.get_program()).args(command.get_args());
    // The harness hands out commands with a complete environment; nothing of this process's own may leak in.
    bound.env_clear();
    bound.envs(
        command
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    if let Some(folder) = command.get_current_dir() {
        bound.current_dir(folder);
    }
    bound
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    bound
}

/// Starts a command from one thread that lives as long as the process: the kernel ties a child's life to the thread that
/// started it, and a test's own thread may well end first.
fn spawn(command: Command) -> std::io::Result<Child> {
    type Request = (Command, mpsc::Sender<std::io::Result<Child>>);
    static STARTER: OnceLock<mpsc::Sender<Request>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (sender, requests) = mpsc::channel::<Request>();
        thread::spawn(move || {
            for (mut command, answer) in requests {
                let _ = answer.send(command.spawn());
            }
        });
        sender
    });
    let gone = || std::io::Error::other("the thread that starts programs has ended");
    let (sender, answer) = mpsc::channel();
    starter.send((command, sender)).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}

fn collect(
    stream: Option<impl Read + Send + 'static>,
    output: watch::Sender<Printed>,
    is_stdout: bool,
) {
    thread::spawn(move || {
        let lines = stream
            .into_iter()
            .flat_map(|stream| BufReader::new(stream).split(b'\n'));
        for line in lines.map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            output.send_modify(|output| {
                if is_stdout {
                    output.stdout.push_str(&line);
                    output.stdout.push('\n');
                }
                output.lines.push(line);
            });
        }
        output.send_modify(|output| output.open_ends -= 1);
    });
}
