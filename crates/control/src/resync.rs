//! A controller that is told of all its objects again at intervals.

use evenkeel_api::{Read, Scope};
use evenkeel_object::Key;

use crate::{Client, Controller, Done, Event, OwnWrites, Pause, Wakes};

/// A controller whose informers resync: every key comes into its queue at some time, whatever has happened. So it can be late (in a real control
/// plane by half a day and more), but it never sleeps beside work for ever.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/apis/config/v1alpha1/defaults.go: MinResyncPeriod
pub struct Resynced(pub Box<dyn Controller>);

impl Controller for Resynced {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn subjects(&self) -> Vec<Scope> {
        self.0.subjects()
    }

    fn standing(&self) -> Vec<Key> {
        self.0.standing()
    }

    fn wakes(&self) -> Wakes {
        Wakes::Periodically
    }

    fn woken(&self, event: &Event, store: &mut dyn Read) -> Vec<Key> {
        self.0.woken(event, store)
    }

    fn doubt(&self) -> Option<String> {
        self.0.doubt()
    }

    fn own_writes(&self) -> OwnWrites {
        self.0.own_writes()
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        self.0.reconcile(client, key)
    }
}
