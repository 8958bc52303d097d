//! The threads that work.

use std::{
    env, io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use super::render;

/// More are asked for by mistake.
const MOST: usize = 512;
/// How often a thread is asked for that there was a moment ago.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(5);

/// Starts as many threads as were asked for, or as there are processors, or as the system has: with none
/// to be had, this one does all the work.
pub fn start(asked: Option<usize>) {
    let by_environment = || env::var("RAYON_NUM_THREADS").ok()?.parse().ok();
    let processors = || thread::available_parallelism().map_or(1, Into::into);
    let asked = asked.or_else(by_environment).filter(|&threads| threads > 0);
    let wanted = asked.unwrap_or_else(processors).min(MOST);
    // Rayon can be started once, and panics later if that has failed.
    let there = probe(wanted);
    if there < wanted {
        let n = there.max(1);
        let plural = if n == 1 { "" } else { "s" };
        render::warn(&format!(
            "the system has no {wanted} threads for this; it goes on with {n} thread{plural}"
        ));
    }
    let builder = rayon::ThreadPoolBuilder::new().num_threads(there.max(1));
    let _ = match there {
        0 => builder.use_current_thread().build_global(),
        _ => builder.spawn_handler(spawn).build_global(),
    };
}

/// How many of so many threads there are to be had at once.
fn probe(wanted: usize) -> usize {
    thread::scope(|scope| {
        let mut waiting = Vec::new();
        while waiting.len() < wanted {
            let (sender, end) = mpsc::channel::<()>();
            let spawned = thread::Builder::new().spawn_scoped(scope, move || end.recv().is_ok());
            match spawned {
                Ok(_) => waiting.push(sender),
                Err(_) => break,
            }
        }
        waiting.len()
    })
}

/// Those of the probe may take a moment to be gone.
fn spawn(work: rayon::ThreadBuilder) -> io::Result<()> {
    let work = Arc::new(Mutex::new(Some(work)));
    for left in (0..TRIES).rev() {
        let own = Arc::clone(&work);
        let run = move || {
            let work = own.lock().unwrap_or_else(PoisonError::into_inner).take();
            work.into_iter().for_each(rayon::ThreadBuilder::run);
        };
        match thread::Builder::new().spawn(run) {
            Ok(_) => break,
            Err(error) if left == 0 => return Err(error),
            Err(_) => thread::sleep(BETWEEN_TRIES),
        }
    }
    Ok(())
}
