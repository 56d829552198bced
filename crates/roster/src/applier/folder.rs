//! What an applier is to apply: the content of a folder, and what later commits make of it.
//!
//! Which commit is the latest is kept in the store, in an object that no server serves, so that it is a part of the state, and whoever asks for it is known to
//! depend on it. A folder to which nobody commits asks for nothing.

use evenkeel_api::{Precondition, Projection, Scope, Subresource, Verb, read, server::known::OUTSIDE};
use evenkeel_control::halt::Halt;
use evenkeel_control::{Client, Pause};
use evenkeel_object::{Key, Kind, Object, Value};

/// A folder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Folder {
    manifests: Vec<Object>,
    /// Whose folder it is.
    applier: String,
    /// What it holds after each commit, by the name of the commit.
    commits: Vec<(String, Vec<Object>)>,
}

impl From<Vec<Object>> for Folder {
    /// A folder that stays as it is.
    fn from(manifests: Vec<Object>) -> Folder {
        Folder { manifests, ..Folder::default() }
    }
}

impl Folder {
    /// The folder of an applier that holds `manifests` first, and something else after each commit, by its name.
    pub fn new(applier: &str, manifests: Vec<Object>, commits: Vec<(String, Vec<Object>)>) -> Folder {
        Folder { manifests, applier: applier.to_owned(), commits }
    }

    /// What it holds now.
    pub(super) fn content(&self, client: &mut Client<'_>) -> Result<Content<'_>, Pause> {
        let first = Content { commit: "", manifests: &self.manifests };
        if self.commits.is_empty() {
            return Ok(first);
        }
        let projection = Projection {
            name: "latest commit",
            args: Value::Null,
            of: |_, folders| Value::list(folders.iter().map(|folder| folder["commit"].clone())),
            join: |_, left, right| read::concatenated(left, right),
        };
        let latest = client.view_live(Scope::one(&key(&self.applier)), projection)?;
        let latest = latest.items().first();
        let found = latest.and_then(|latest| self.commits.iter().find(|(commit, _)| *commit == *latest.text()));
        Ok(found.map_or(first, |(commit, manifests)| Content { commit, manifests }))
    }
}

/// What a folder holds at a time.
#[derive(Clone, Copy)]
pub(super) struct Content<'f> {
    /// The name of the latest commit; empty before the first.
    pub(super) commit: &'f str,
    pub(super) manifests: &'f [Object],
}

/// Makes that commit the latest one in the folder of an applier.
pub(crate) fn commit(client: &mut Client<'_>, applier: &str, commit: &str) -> Result<(), Halt> {
    let mut folder = Object::new(&format!("{OUTSIDE}/v1alpha1"), &key(applier));
    folder.set(&["commit"], commit);
    client.send(folder.key(), Subresource::Main, Verb::Update(folder), Precondition::None)??;
    Ok(())
}

fn key(applier: &str) -> Key {
    Key::new(Kind::new(OUTSIDE, "Folder"), "", applier)
}
