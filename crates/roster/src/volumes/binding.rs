//! The binder: a controller with two sorts of subjects.

use evenkeel_api::Scope;
use evenkeel_control::halt::ended;
use evenkeel_control::{Client, Controller, Done, OwnWrites, Pause, Wakes};
use evenkeel_object::Key;

use super::{Settings, claim, claim_kind, volume, volume_kind};

/// Binds claims to volumes, and has volumes made for claims for which there is none.
///
/// The real one takes one claim and one volume at a time; here all of them can be under way. What it writes is refused if somebody was faster, so nothing
/// comes of it but more attempts.
#[derive(Clone, Debug, Default)]
pub struct Binder {
    settings: Settings,
}

impl Binder {
    /// A binder with these settings.
    pub fn new(settings: Settings) -> Binder {
        Binder { settings }
    }
}

impl Controller for Binder {
    fn name(&self) -> &str {
        "persistentvolume-binder"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&claim_kind()), Scope::everywhere(&volume_kind())]
    }

    // Every 15 seconds it looks at all claims and volumes:
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/persistentvolume/pv_controller_base.go: resync
    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    // What it wrote it puts into its own cache.
    // https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/volume/persistentvolume/pv_controller_base.go: storeObjectUpdate
    fn own_writes(&self) -> OwnWrites {
        OwnWrites::Known
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        ended(if key.kind == claim_kind() {
            claim::synced(client, &self.settings, key)
        } else {
            volume::synced(client, key)
        })
    }
}
