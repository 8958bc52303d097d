//! Days on which the machine, the disk or another program fails: no half-written file stands under
//! the final name, nothing else is left behind, and one sentence says what happened.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use insta_cmd::get_cargo_bin;
use standpoint::input::Compression;

use crate::process::{Child, Command};
use crate::{commands::Folder, file, skip::skip};

/// A table of so many rows, more than fits into the buffers on the way.
fn table(rows: usize) -> String {
    "text\n".to_owned() + &"The officers handed in their permits on Monday.\n".repeat(rows)
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A run that reads standard input until it is closed or killed.
fn predicting(folder: &Folder, out: &str) -> Child {
    let command =
        folder.command(&format!("predict - --from csv -m small.standpoint -o {out} --threads 1"));
    let mut command = command.with_default_signals();
    command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Signals whose effect a program does not inherit, with their numbers. The others are left out.
fn signals(wanted: &[(&'static str, i32)]) -> Vec<(&'static str, i32)> {
    let mut command = Command::new("true").with_default_signals();
    let known = command.output().is_ok_and(|output| output.status.success());
    if !known {
        skip("only SIGKILL was tried: `env` has no --default-signal");
    }
    wanted.iter().copied().filter(|(name, _)| known || *name == "-KILL").collect()
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

/// What a shell prints that has a small disk of its own at `disk`, `name` being a file of old content
/// on it; nothing where nobody may mount one.
fn on_a_small_disk(folder: &Folder, line: &str) -> Option<String> {
    fs::create_dir(folder.path("disk")).unwrap();
    let program = get_cargo_bin("standpoint");
    let script = format!(
        "mount -t tmpfs -o size=64k none disk || exit 99
         echo old >disk/out
         standpoint() {{ {} \"$@\"; }}
         {line}
         echo \"exit code $?\"; ls -A disk; cat disk/out",
        program.display()
    );
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script]).current_dir(folder.path(""));
    let output = command.stderr(Stdio::piped()).output();
    match output {
        Ok(output) if output.status.success() => {
            Some(said(&output) + std::str::from_utf8(&output.stdout).unwrap())
        }
        _ => {
            skip("a small disk cannot be mounted here");
            None
        }
    }
}

#[test]
fn a_full_disk_keeps_the_old_output_and_nothing_else_slow() {
    let predict = "predict noise.txt -m small.standpoint -o";
    let compressed = Compression::ALL.map(|kind| format!("out.csv.{}", kind.ending()));
    let others = ["out.jsonl".to_owned(), "out.csv".to_owned()];
    let runs =
        others.iter().chain(&compressed).map(|name| (format!("{predict} disk/{name}"), name));
    let model = ("train small.csv -o disk/out.m".to_owned(), &"out.m".to_owned());
    for (run, name) in runs.chain([model]) {
        let folder = Folder::new();
        // What compresses holds back what it writes: there has to be much of it even so.
        let noise = (0u64..5000)
            .map(|i| format!("{:x}\n", i.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_pow(3)));
        folder.write("noise.txt", noise.collect::<String>());
        let line = format!(
            "mv disk/out disk/{name}; standpoint {run}; code=$?; mv disk/{name} disk/out; (exit $code)"
        );
        let Some(printed) = on_a_small_disk(&folder, &line) else { return };
        let expected = format!(
            "error: cannot write disk/{name}: No space left on device (os error 28)\n\
             exit code 4\nout\nold\n"
        );
        assert!(printed.ends_with(&expected), "{run}: {printed}");
    }
}

/// The last bytes are written, or found not to fit, at the end.
#[test]
fn an_output_that_just_fits_is_whole() {
    let folder = Folder::new();
    let line = "standpoint predict page.txt -m small.standpoint -o disk/out";
    let Some(printed) = on_a_small_disk(&folder, line) else { return };
    let expected = folder.command("predict page.txt -m small.standpoint").output().unwrap();
    let expected = String::from_utf8(expected.stdout).unwrap();
    assert_eq!(printed, format!("exit code 0\nout\n{expected}"));
}

#[test]
fn an_output_folder_that_goes_away_is_an_error_that_names_it() {
    let folder = Folder::new();
    fs::create_dir(folder.path("gone")).unwrap();
    let mut child = predicting(&folder, "gone/out.csv");
    let mut input = child.stdin.take().unwrap();
    input.write_all(table(20_000).as_bytes()).unwrap();
    fs::remove_dir_all(folder.path("gone")).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let expected = "error: cannot write gone/out.csv: No such file or directory (os error 2)\n";
    assert_eq!(output.status.code(), Some(4));
    assert!(said(&output).ends_with(expected), "{}", said(&output));
    assert!(!folder.path("gone").exists());
}

#[test]
fn a_run_that_is_killed_in_the_middle_leaves_nothing_behind() {
    for (name, number) in signals(&[("-INT", 2), ("-TERM", 15), ("-KILL", 9)]) {
        let folder = Folder::new();
        folder.write("out.csv", "old");
        let before = folder.names();
        let mut child = predicting(&folder, "out.csv");
        let mut input = child.stdin.take().unwrap();
        // Taken but for what is in the pipe: some blocks are written.
        input.write_all(table(40_000).as_bytes()).unwrap();
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.signal(), said(&output).as_str()), (Some(number), ""));
        assert_eq!((folder.names(), folder.read("out.csv")), (before, "old".to_owned()));
    }
}

#[test]
fn training_that_is_killed_in_the_middle_leaves_nothing_behind() {
    for (name, number) in signals(&[("-INT", 2), ("-KILL", 9)]) {
        let folder = Folder::new();
        folder.write("m", "old");
        fs::copy(file("data/passages.csv"), folder.path("passages.csv")).unwrap();
        let before = folder.names();
        let mut command = folder.command("train passages.csv -o m").with_default_signals();
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(400));
        signal(&child, name);
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        assert_eq!((folder.names(), folder.read("m")), (before, "old".to_owned()));
    }
}

/// Wherever in its short life a run is killed, the name holds the old content or all of the new.
#[test]
fn a_run_that_is_killed_at_any_time_leaves_the_old_file_or_the_new_one() {
    let folder = Folder::new();
    let run = "predict page.txt -m small.standpoint -o out.csv";
    assert!(folder.command(run).status().unwrap().success());
    let new = folder.read("out.csv");
    let names = folder.names();
    for step in 0..40 {
        folder.write("out.csv", "old");
        let mut child = folder.command(run).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(250 * step));
        child.kill().unwrap();
        child.wait().unwrap();
        let found = folder.read("out.csv");
        assert!(found == "old" || found == new, "{found}");
        for name in folder.names().into_iter().filter(|name| !names.contains(name)) {
            // In the instant in which it takes the place of the old one, the new one has two names.
            assert!(name.starts_with(".standpoint-") && folder.read(&name) == new, "{name}");
            fs::remove_file(folder.path(&name)).unwrap();
        }
    }
}

#[test]
fn input_that_ends_too_early_is_told_apart_from_a_table() {
    let folder = Folder::new();
    folder.write("out.csv", "old");
    let run = "predict - --from csv -m small.standpoint -o out.csv";
    let mut closed = Command::new("sh");
    let line = format!("exec {} {run} <&-", get_cargo_bin("standpoint").display());
    closed.args(["-c", &line]).current_dir(folder.path(""));
    let output = closed.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).starts_with("error: <stdin>: the file is empty"), "{}", said(&output));
    // The writer was killed in the middle of a cell, of a row, of a character.
    for cut in ["text,n\none,1\n\"tw", "text,n\none,1\ntwo", "text,n\none,1\ntw\u{e9}"] {
        let bytes = cut.as_bytes().strip_suffix(b"\xa9").unwrap_or(cut.as_bytes());
        let mut child = predicting(&folder, "out.csv");
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{cut}");
        assert!(said(&output).starts_with("error: <stdin>:3:"), "{cut}: {}", said(&output));
    }
    assert_eq!(folder.read("out.csv"), "old");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = Folder::new();
    folder.write("long.csv", table(20_000));
    for run in [
        "predict long.csv -m small.standpoint",
        "predict long.csv -m small.standpoint --format jsonl",
        "predict long.csv -m small.standpoint --format text",
        "predict long.csv -m small.standpoint -o /dev/stdout",
        "inspect small.standpoint --top 100000",
        "explain small.csv -m small.standpoint",
    ] {
        let mut command = folder.command(run);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), ""), "{run}");
        assert!(first.ends_with('\n'), "{run}: {first:?}");
    }
}

/// Hours of work are not thrown away for a file that could have been seen to be unreadable at once.
#[test]
fn an_unreadable_file_in_a_folder_is_named_before_the_work_begins() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("saved/inner")).unwrap();
    for name in ["a.html", "b.txt", "c.xhtml", "inner/d.htm"] {
        folder.write(&format!("saved/{name}"), "text\nThe officers handed in their permits.\n");
    }
    fs::copy(get_cargo_bin("standpoint"), folder.path("program")).unwrap();
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(folder.path(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    // Somebody who may not read everything, as root may.
    let run = || {
        let program = folder.path("program");
        let mut command = Command::new(if is_root() { Path::new("setpriv") } else { &program });
        if is_root() {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        }
        command.args(["predict", "-r", "saved"]).current_dir(folder.path(""));
        command.output()
    };
    match run() {
        Ok(output) if output.status.success() => assert!(!output.stdout.is_empty()),
        _ => return skip("only root can run the program here"),
    }
    for name in ["saved/a.html", "saved/b.txt", "saved/c.xhtml", "saved/inner/d.htm", "saved/inner"]
    {
        mode(name, 0o000);
        let output = run().unwrap();
        let expected = format!("error: cannot read {name}: Permission denied (os error 13)\n");
        assert_eq!((output.status.code(), said(&output)), (Some(4), expected));
        assert!(output.stdout.is_empty(), "{name}: no row is written");
        mode(name, 0o755);
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

#[test]
fn of_two_runs_that_write_one_file_one_is_there_whole() {
    let folder = Folder::new();
    let contents: Vec<String> = [3000, 1000]
        .iter()
        .map(|&rows| {
            let name = format!("{rows}.csv");
            folder.write(&name, table(rows));
            let run = format!("predict {name} -m small.standpoint -o alone");
            assert!(folder.command(&run).status().unwrap().success());
            folder.read("alone")
        })
        .collect();
    let names = [folder.names(), vec!["out".to_owned()]].concat();
    for _ in 0..5 {
        let spawn = |rows| {
            let run = format!("predict {rows}.csv -m small.standpoint -o out");
            folder.command(&run).spawn().unwrap()
        };
        let (mut one, mut other) = (spawn(3000), spawn(1000));
        assert!(one.wait().unwrap().success() && other.wait().unwrap().success());
        assert!(contents.contains(&folder.read("out")));
        assert_eq!(folder.names().len(), names.len(), "{:?}", folder.names());
    }
}

/// No output holds a time, and no input's time is asked for: files from the future change nothing.
#[test]
fn a_clock_that_is_wrong_changes_nothing_slow() {
    let folder = Folder::new();
    let outputs = || {
        let train = "train small.csv --cv 3 -o m --card card --predictions held-out.csv";
        for run in [train, "predict page.txt -m m -o out.csv"] {
            assert!(folder.command(run).stdout(Stdio::null()).status().unwrap().success());
        }
        ["m", "card", "held-out.csv", "out.csv"].map(|name| fs::read(folder.path(name)).unwrap())
    };
    let before = outputs();
    let future = std::time::SystemTime::now() + Duration::from_hours(20 * 365 * 24);
    for name in folder.names() {
        fs::File::options()
            .write(true)
            .open(folder.path(&name))
            .unwrap()
            .set_modified(future)
            .unwrap();
    }
    assert!(outputs() == before);
    asks_for_no_time(&file("src"));
}

/// Progress bars count seconds by themselves.
fn asks_for_no_time(path: &Path) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| asks_for_no_time(&entry.unwrap().path()));
        return;
    }
    let code = fs::read_to_string(path).unwrap();
    for clock in ["SystemTime", "Instant", ".modified()"] {
        assert!(!code.contains(clock), "{}: {clock}", path.display());
    }
}

#[test]
fn an_empty_gate_is_told_what_a_gate_is() {
    let folder = Folder::new();
    for content in ["", " \n\n"] {
        folder.write("gate.toml", content);
        let run = "evaluate small.csv -m small.standpoint --gate gate.toml";
        let output = folder.command(run).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let message = said(&output);
        assert!(message.starts_with("error: gate.toml: ") && message.contains("rule"), "{message}");
        assert!(!message.contains("page"), "{message}");
    }
}
