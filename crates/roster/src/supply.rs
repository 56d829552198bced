//! What comes from outside a cluster: load balancers. They are assumed to be supplied, sooner or later.

use evenkeel_api::Scope;
use evenkeel_control::{Client, Controller, Done, Pause, Wakes};
use evenkeel_object::{Key, Kind, Object, Value, json};

use evenkeel_control::halt::ended;

/// A cloud that gives every Service of type `LoadBalancer` an address: the opaque `balancer:<name>`.
///
/// Source: <https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer>. Left out: `loadBalancerClass`, ports, finalizers.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadBalancers;

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
