//! Manifests that others wrote: those of the Dask operator, as the Python package registry carries them.
//!
//! They are fetched when the test runs, and nothing of them is kept. Where there is no Python, no pip or no network, the test says so and passes.
// Tests look into the folder that they made.
#![allow(clippy::disallowed_methods)]

mod program;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use program::Folder;

/// The last release with manifests that nobody has to render. One release, so that the answer is the same on every day.
const PACKAGE: &str = "dask-kubernetes==2022.10.0";

/// Runs Python in a folder; what it complains about if it does not end well.
fn python(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("python3")
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("python3 cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(complaint.lines().last().unwrap_or("python3 failed without a word").to_owned())
}

/// Fetches the package, and takes it apart: the folder of the operator in it.
fn fetched(folder: &Path) -> Result<PathBuf, String> {
    let download = ["-m", "pip", "download", PACKAGE, "--no-deps", "--retries", "1", "--timeout", "20", "-d", "wheels"];
    python(folder, &download)?;
    let wheels = fs::read_dir(folder.join("wheels")).map_err(|error| error.to_string())?;
    let mut names = wheels.filter_map(Result::ok).map(|entry| format!("wheels/{}", entry.file_name().display()));
    let wheel = names.next().ok_or("pip fetched nothing")?;
    python(folder, &["-m", "zipfile", "-e", &wheel, "package"])?;
    Ok(PathBuf::from("package/dask_kubernetes/operator"))
}

/// Says why a test shows nothing, whether or not what tests print is shown.
fn skipped(why: &str) {
    let told = writeln!(io::stderr(), "skipped: {PACKAGE} cannot be fetched: {why}");
    told.expect("something can be said");
}

#[test]
fn the_operator_of_the_registry_settles_and_its_own_kinds_are_named() {
    let folder = Folder::new();
    let operator = match fetched(folder.path()) {
        Ok(operator) => operator,
        Err(why) => return skipped(&why),
    };
    let there = |name: &str| operator.join(name).display().to_string();
    let (manifests, clusters) = (there("deployment/manifests"), there("controller/tests/resources"));
    for granularity in ["atomic", "interleaved"] {
        let answer = folder.run(&["check", &manifests, &clusters, "--quiet", "--granularity", granularity]);
        answer.ends_with(0).tells(&[
            "stabilizes",
            "inert",
            "DaskCluster.kubernetes.dask.org (1)",
            "DaskJob.kubernetes.dask.org (1)",
            "DaskWorkerGroup.kubernetes.dask.org (1)",
        ]);
    }
}
