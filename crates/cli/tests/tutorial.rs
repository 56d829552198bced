//! The tutorial does what it says.
// Tests write the files that the program reads.
#![allow(clippy::disallowed_methods)]

mod program;

use program::{Answer, Folder};

const TUTORIAL: &str = include_str!("../../../docs/tutorial.md");

/// Whether these lines are in an output, in that order. Blanks at the ends do not count, nor what stands where a line has `…`.
fn tells(answer: &Answer, lines: &[&str]) -> bool {
    let mut told = answer.out.lines();
    lines.iter().all(|line| {
        let begins = line.trim().strip_suffix('…');
        told.any(|other| match begins {
            Some(begin) => other.trim().starts_with(begin.trim_end()),
            None => other.trim() == line.trim(),
        })
    })
}

/// Runs the commands of a block, each followed by lines of what it prints.
fn follow(folder: &Folder, block: &str) -> usize {
    let mut n_commands = 0;
    for command in block.split("$ evenkeel ").skip(1) {
        let (arguments, lines) = command.split_once('\n').unwrap_or((command, ""));
        let answer = folder.run(&arguments.split_whitespace().collect::<Vec<_>>());
        let lines: Vec<&str> = lines.lines().collect();
        assert!(
            tells(&answer, &lines),
            "evenkeel {arguments}:\n{}{}\nand not:\n{}",
            answer.out,
            answer.err,
            lines.join("\n")
        );
        n_commands += 1;
    }
    n_commands
}

#[test]
fn every_command_of_the_tutorial_prints_what_it_shows() {
    let mut folder = Folder::new();
    let (mut file, mut n_commands) = ("", 0);
    let mut lines = TUTORIAL.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
            file = name;
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match language {
            "yaml" => folder = folder.with(file, block),
            _ => n_commands += follow(&folder, &block),
        }
    }
    assert_eq!(n_commands, 8, "the tutorial has other commands than it had");
}
