//! `kubectl apply` in a loop, as a script or a pipeline runs it.
//!
//! Left out: pruning.

use evenkeel_api::merge::{last_applied, three_way, with_last_applied};
use evenkeel_api::{Precondition, Scope, Subresource, Verb, shapes};
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object};

use crate::batch;
use evenkeel_control::halt::{Halt, ended};

use super::folder::Folder;
use super::{Mode, migration};

/// A loop of `kubectl apply`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kubectl {
    /// Who runs it; the name in evidence.
    pub name: String,
    /// What it applies, in this order.
    pub manifests: Folder,
    /// How.
    pub mode: Mode,
    /// `--field-manager`; what kubectl uses by default if none.
    pub manager: Option<String>,
}

impl Controller for Kubectl {
    fn name(&self) -> &str {
        &self.name
    }

    fn subjects(&self) -> Vec<Scope> {
        Vec::new()
    }

    fn standing(&self) -> Vec<Key> {
        vec![Key::new(Kind::new("", "Applier"), "", &self.name)]
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    fn reconcile(&self, client: &mut Client<'_>, _key: &Key) -> Result<Done, Pause> {
        let default = match self.mode {
            Mode::ClientSide => "kubectl-client-side-apply",
            Mode::ServerSide { .. } => "kubectl",
        };
        client.writing_as(self.manager.as_deref().unwrap_or(default));
        let content = self.manifests.content(client)?.manifests;
        // What is refused does not keep it from the rest.
        ended(batch::all(content, |manifest| {
            client.because(format!("{} applies {}", self.name, manifest.key()));
            apply(client, manifest, self.mode)
        }))
    }
}

/// Applies one manifest.
pub(crate) fn apply(client: &mut Client<'_>, manifest: &Object, mode: Mode) -> Result<(), Halt> {
    match mode {
        Mode::ServerSide { force } => apply_server_side(client, manifest, force),
        Mode::ClientSide => apply_client_side(client, manifest),
    }
}

/// Applies on the server's side, and once more if what was applied from the client's side before has just become its own: what is left out then goes.
///
/// <https://github.com/kubernetes/kubectl/blob/v0.37.2/pkg/cmd/apply/apply.go#L555-L660>: `applyOneObject`
fn apply_server_side(client: &mut Client<'_>, manifest: &Object, force: bool) -> Result<(), Halt> {
    let applied = client.apply(manifest.clone(), force)??;
    if migration::migrated(client, applied)? {
        // A refusal here is a warning and no more.
        let _ = client.apply(manifest.clone(), force)?;
    }
    Ok(())
}

/// Reads the object, computes the patch from what was applied last, what is to be and what is there, and sends it unless it is empty.
fn apply_client_side(client: &mut Client<'_>, manifest: &Object) -> Result<(), Halt> {
    let modified = with_last_applied(manifest.clone());
    let Some(live) = client.get_live(&manifest.key())? else {
        client.create(modified)??;
        return Ok(());
    };
    let kind = manifest.kind();
    let patch = three_way(&kind, last_applied(&live).as_ref(), &modified, &live)?;
    if patch.entries().next().is_none() {
        return Ok(());
    }
    let verb = if shapes::is_built_in(&kind) { Verb::StrategicPatch(patch) } else { Verb::MergePatch(patch) };
    client.send(live.key(), Subresource::Main, verb, Precondition::None)??;
    Ok(())
}
