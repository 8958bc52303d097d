//! Programs that tests start. They have the interface of [`std::process`], with two differences: no
//! program is waited for longer than [`LIMIT`], and standard input is empty unless a test fills it.

use std::{
    ffi::OsStr,
    io,
    path::Path,
    process::{self, ChildStderr, ChildStdin, ChildStdout, ExitStatus, Output, Stdio},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

/// Much longer than any program takes, even on a busy machine.
const LIMIT: Duration = Duration::from_mins(10);

pub struct Command {
    inner: process::Command,
    limit: Duration,
}

impl Command {
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut inner = process::Command::new(program);
        inner.stdin(Stdio::null());
        // A group of its own, so that the programs that it starts can be ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut inner, 0);
        Self { inner, limit: LIMIT }
    }

    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.inner.arg(argument);
        self
    }

    pub fn args(&mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Self {
        self.inner.args(arguments);
        self
    }

    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.inner.env(name, value);
        self
    }

    pub fn envs(
        &mut self,
        pairs: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> &mut Self {
        self.inner.envs(pairs);
        self
    }

    pub fn env_remove(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.inner.env_remove(name);
        self
    }

    pub fn current_dir(&mut self, folder: impl AsRef<Path>) -> &mut Self {
        self.inner.current_dir(folder);
        self
    }

    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.inner.stdin(stdin);
        self
    }

    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.inner.stdout(stdout);
        self
    }

    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.inner.stderr(stderr);
        self
    }

    /// The child starts as if no parent had ever ignored SIGINT or SIGTERM. A shell ignores SIGINT for
    /// what it runs in the background, and every child would inherit that.
    #[cfg(target_os = "linux")]
    pub fn with_default_signals(&self) -> Self {
        let mut command = Self::new("env");
        command.arg("--default-signal=INT,TERM");
        command.arg(self.inner.get_program()).args(self.inner.get_args());
        for (name, value) in self.inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = self.inner.get_current_dir() {
            command.current_dir(folder);
        }
        command
    }

    pub fn spawn(&mut self) -> io::Result<Child> {
        let mut inner = self.inner.spawn()?;
        let watch = Watch::over(inner.id(), format!("{:?}", self.inner), self.limit);
        let (stdin, stdout, stderr) =
            (inner.stdin.take(), inner.stdout.take(), inner.stderr.take());
        Ok(Child { inner, watch: Some(watch), stdin, stdout, stderr })
    }

    /// Standard output and standard error are captured.
    pub fn output(&mut self) -> io::Result<Output> {
        self.inner.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.spawn()?.wait_with_output()
    }

    pub fn status(&mut self) -> io::Result<ExitStatus> {
        self.spawn()?.wait()
    }

    /// The command as snapshots record it.
    fn described(&self) -> Described {
        let text = |text: &OsStr| text.to_string_lossy().into_owned();
        let program = Path::new(self.inner.get_program()).file_stem().map(text);
        let variables = self.inner.get_envs();
        Described {
            program: program.unwrap_or_default(),
            args: self.inner.get_args().map(text).collect(),
            env: variables
                .map(|(name, value)| (text(name), value.map(text).unwrap_or_default()))
                .collect(),
        }
    }
}

#[derive(serde::Serialize)]
struct Described {
    program: String,
    args: Vec<String>,
    env: std::collections::BTreeMap<String, String>,
}

pub struct Child {
    inner: process::Child,
    watch: Option<Watch>,
    pub stdin: Option<ChildStdin>,
    pub stdout: Option<ChildStdout>,
    pub stderr: Option<ChildStderr>,
}

impl Child {
    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    pub fn kill(&mut self) -> io::Result<()> {
        self.inner.kill()
    }

    /// Closes standard input and waits. Panics where the program was killed for taking too long.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.stdin = None;
        let status = self.inner.wait();
        if let Some(watch) = self.watch.take() {
            watch.end();
        }
        status
    }

    pub fn wait_with_output(mut self) -> io::Result<Output> {
        self.stdin = None;
        let stderr = self.stderr.take().map(|pipe| thread::spawn(|| read_all(pipe)));
        let stdout = self.stdout.take().map_or_else(|| Ok(Vec::new()), read_all);
        let stderr = stderr.map_or_else(|| Ok(Vec::new()), |reader| reader.join().unwrap());
        Ok(Output { status: self.wait()?, stdout: stdout?, stderr: stderr? })
    }
}

fn read_all(mut pipe: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A thread that kills a program, and all that it started, when the time is over.
struct Watch {
    ended: Sender<()>,
    /// Returns the sentence of the failure where it killed.
    thread: JoinHandle<Option<String>>,
}

impl Watch {
    fn over(id: u32, command: String, limit: Duration) -> Self {
        let (ended, end) = mpsc::channel();
        let thread = thread::spawn(move || match end.recv_timeout(limit) {
            // The sender sends nothing: it goes away when the program has ended.
            Err(RecvTimeoutError::Timeout) => {
                kill_all(id);
                Some(format!("killed, since it had not ended after {limit:?}: {command}"))
            }
            _ => None,
        });
        Self { ended, thread }
    }

    fn end(self) {
        drop(self.ended);
        let killed = self.thread.join().unwrap();
        assert!(killed.is_none(), "{}", killed.unwrap_or_default());
    }
}

/// Ends a program and what it started.
fn kill_all(id: u32) {
    let mut command = if cfg!(windows) {
        let mut command = process::Command::new("taskkill");
        command.args(["/F", "/T", "/PID", &id.to_string()]);
        command
    } else {
        let mut command = process::Command::new("kill");
        command.args(["-KILL", "--", &format!("-{id}")]);
        command
    };
    let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Runs a command and compares exit code, standard output and standard error with a snapshot.
macro_rules! assert_cmd_snapshot {
    ($command:expr) => {
        $crate::process::snapshot(&mut $command, |shown| insta::assert_snapshot!(shown))
    };
    ($name:expr, $command:expr) => {
        $crate::process::snapshot(&mut $command, |shown| insta::assert_snapshot!($name, shown))
    };
}
pub(crate) use assert_cmd_snapshot;

pub fn snapshot(command: &mut Command, compare: impl FnOnce(&str)) {
    let output = command.output().unwrap();
    let shown = format!(
        "success: {}\nexit_code: {}\n----- stdout -----\n{}\n----- stderr -----\n{}",
        output.status.success(),
        output.status.code().unwrap_or(!0),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let mut settings = insta::Settings::clone_current();
    settings.set_info(&command.described());
    settings.set_omit_expression(true);
    settings.bind(|| compare(&shown));
}

#[cfg(unix)]
#[test]
fn a_program_that_never_ends_is_killed_with_all_that_it_started() {
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 600 & wait"]);
    command.limit = Duration::from_millis(300);
    let panicked = thread::spawn(move || command.output()).join().unwrap_err();
    let message = panicked.downcast::<String>().unwrap();
    assert!(message.starts_with("killed, since it had not ended after 300ms: "), "{message}");
}

/// A program that [`std::process`] starts could be waited for without an end.
#[test]
fn tests_use_the_commands_of_this_file() {
    for entry in std::fs::read_dir(crate::file("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() || path.ends_with("process.rs") {
            continue;
        }
        let code = std::fs::read_to_string(&path).unwrap();
        for (at, part) in code.match_indices("process::") {
            let (before, after) = (&code[..at], &code[at + part.len()..]);
            let end = if after.starts_with('{') { '}' } else { ';' };
            let names = after.split(end).next().unwrap().split(|c: char| !c.is_alphanumeric());
            let starts_programs = names.take(12).any(|name| ["Command", "Child"].contains(&name));
            let own = before.ends_with("crate::");
            assert!(own || !starts_programs, "{}: use crate::process::Command", path.display());
        }
    }
}
