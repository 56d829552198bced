//! Looks on while a search runs: progress, time limit, Ctrl-C.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use evenkeel_system::{Flow, Progress, Stop, Watch};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Shows progress on a terminal, and ends the search when it must.
pub(crate) struct Looker {
    began: Instant,
    told: Instant,
    ends: Option<Instant>,
    shows: bool,
    shown: bool,
}

impl Looker {
    /// Begins now. The first one makes Ctrl-C end the search instead of the program.
    pub(crate) fn new(max_seconds: Option<u64>, quiet: bool) -> Looker {
        // A second handler is refused, and is not needed: there is one flag.
        let _ = ctrlc::set_handler(|| {
            if INTERRUPTED.swap(true, Ordering::Relaxed) {
                std::process::exit(3);
            }
        });
        let began = Instant::now();
        let ends = max_seconds.and_then(|seconds| began.checked_add(Duration::from_secs(seconds)));
        let shows = !quiet && std::io::stderr().is_terminal();
        Looker { began, told: began, ends, shows, shown: false }
    }

    /// Milliseconds since the beginning.
    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Takes the line of progress away.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            eprint!("\r\x1b[K");
        }
    }

    fn show(&mut self, progress: &Progress) {
        let seconds = self.began.elapsed().as_secs_f64();
        let rate = progress.states as f64 / seconds.max(0.001);
        eprint!(
            "\r\x1b[K{} states, {:.0} a second, depth {}, {} MiB, {:.0} s (Ctrl-C ends it with what was covered)",
            progress.states,
            rate,
            progress.depth,
            progress.bytes >> 20,
            seconds
        );
        let _ = std::io::stderr().flush();
        self.shown = true;
    }
}

impl Watch for Looker {
    fn progress(&mut self, progress: &Progress) -> Flow {
        let now = Instant::now();
        if INTERRUPTED.load(Ordering::Relaxed) {
            return Flow::End(Stop::Interrupted);
        }
        if self.ends.is_some_and(|ends| now >= ends) {
            return Flow::End(Stop::Time);
        }
        if self.shows && now - self.told > Duration::from_millis(200) {
            self.told = now;
            self.show(progress);
        }
        Flow::Continue
    }
}
