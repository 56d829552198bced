//! What comes from outside a cluster: load balancers and volumes. Both are assumed to be supplied, sooner or later.

use evenkeel_api::Scope;
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value, json};

use evenkeel_control::halt::ended;

/// A cloud that gives every Service of type `LoadBalancer` an address: the opaque `balancer:<name>`.
///
/// Source: <https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer>. Left out: `loadBalancerClass`, ports, finalizers.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadBalancers;

/// A provisioner that makes a volume for every claim and binds it.
///
/// Source: <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding>. Left out: the volumes themselves as objects, claims that ask for a volume
/// by name, classes without a provisioner, and that binding may wait for a consumer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Volumes;

impl Controller for LoadBalancers {
    fn name(&self) -> &str {
        "cloud-controller-manager"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&Kind::new("", "Service"))]
    }

    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        let Some(mut service) = client.get(key)? else { return Ok(Done::Settled) };
        if !wants_balancer(&service) {
            return Ok(Done::Settled);
        }
        client.because(format!("{key} asks for a load balancer"));
        let address = Value::from(json!([{"ip": format!("balancer:{}", key.name), "ipMode": "VIP"}]));
        service.set(&["status", "loadBalancer", "ingress"], address);
        let answer = client.update_status(service)?;
        ended(answer.map(|_| ()).map_err(Into::into))
    }
}

fn wants_balancer(service: &Object) -> bool {
    service["spec"]["type"].text() == "LoadBalancer"
        && !service.is_terminating()
        && service["status"]["loadBalancer"]["ingress"].items().is_empty()
}

impl Controller for Volumes {
    fn name(&self) -> &str {
        "persistentvolume-binder"
    }

    fn subjects(&self) -> Vec<Scope> {
        vec![Scope::everywhere(&Kind::new("", "PersistentVolumeClaim"))]
    }

    fn wakes(&self) -> Wakes {
        Wakes::OnWhatItReads
    }

    fn reconcile(&self, client: &mut Client<'_>, key: &Key) -> Result<Done, Pause> {
        let Some(mut claim) = client.get(key)?.filter(|claim| !claim.is_terminating()) else {
            return Ok(Done::Settled);
        };
        client.because(format!("{key} asks for a volume"));
        if claim["spec"]["volumeName"].is_null() {
            let volume = format!("pvc-{}", claim.name());
            claim.set(&["spec", "volumeName"], volume);
            match client.update(claim)? {
                Ok(stored) => claim = stored,
                Err(status) => return Ok(Done::retry(&status)),
            }
        }
        if claim["status"]["phase"].text() == "Bound" {
            return Ok(Done::Settled);
        }
        let (modes, size) = (claim["spec"]["accessModes"].clone(), claim["spec"]["resources"]["requests"].clone());
        claim.set(&["status", "phase"], "Bound");
        claim.set(&["status", "accessModes"], modes);
        claim.set(&["status", "capacity"], size);
        let answer = client.update_status(claim)?;
        ended(answer.map(|_| ()).map_err(Into::into))
    }
}
