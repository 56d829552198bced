//! Autoscalers with a clock, against a simulation that is written from the definitions, and by hand.

use evenkeel_api::timer;
use evenkeel_object::{Key, Object, Value, json};

use super::{Autoscalers, Load, Pace, Settings, kind};
use crate::stage::Stage;

const AUTOSCALER: (&str, &str) = ("autoscaling", "HorizontalPodAutoscaler");
const DEPLOYMENT: (&str, &str) = ("apps", "Deployment");

/// One world: the load, how many replicas there are at first, how many there may be, and the times in seconds.
#[derive(Clone, Copy, Debug)]
struct World {
    load: i64,
    first: i64,
    most: i64,
    period: i64,
    lag: i64,
    window: i64,
}

const RECORDED: World = World { load: 12, first: 2, most: 30, period: 3, lag: 8, window: 0 };

impl World {
    fn pace(self) -> Pace {
        Pace { tick: 1_000, period: self.period * 1_000, lag: self.lag * 1_000, stabilization: self.window * 1_000 }
    }

    /// The replicas after each look, worked out with plain times.
    fn simulated(self, n_looks: usize) -> Vec<i64> {
        let (mut ready, mut recommended, mut seen) = (vec![self.first], Vec::new(), Vec::new());
        for now in (0..).step_by(usize::try_from(self.period).expect("it is small")).take(n_looks) {
            let current = *ready.last().expect("it had a first");
            ready.resize(usize::try_from(now).expect("it is not negative") + 1, current);
            let then = now - self.lag;
            let after = match usize::try_from(then) {
                Ok(then) => self.after(now, current, ready[then], &mut recommended),
                Err(_) => {
                    recommended.push((now, if now == 0 { current } else { 0 }));
                    current
                }
            };
            seen.push(after);
            // What is done at a look is not yet so at that second.
            ready.push(after);
        }
        seen
    }

    fn after(self, now: i64, current: i64, ready_then: i64, recommended: &mut Vec<(i64, i64)>) -> i64 {
        let up = |above: i64, below: i64| (above + below - 1) / below;
        let percent = up(self.load * 50, ready_then);
        let proposed = if (45..=55).contains(&percent) { current } else { up(percent * current, 50) };
        let first = if now == 0 { current } else { 0 };
        recommended.push((now, if self.window > 0 { proposed.max(first) } else { proposed }));
        let held = recommended.iter().filter(|(at, _)| now - at < self.window || *at == now).map(|(_, one)| *one).max();
        held.unwrap_or(proposed).clamp(2, self.most.min((2 * current).max(4)))
    }

    /// The replicas after each look of the controller.
    fn acted(self, n_looks: usize) -> Vec<i64> {
        let mut stage = Stage::of([deployment(self.first), autoscaler(self.most, json!(null))]);
        let controller = Autoscalers::new(Settings { load: Load::Constant(self.load), pace: Some(self.pace()) });
        let mut seen = Vec::new();
        while seen.len() < n_looks {
            run_as_told(&mut stage);
            let is_look = left(&stage).is_none_or(|left| left == 0);
            pass(&mut stage, &controller);
            if is_look {
                seen.push(replicas(&stage));
            }
            if left(&stage).is_none() {
                seen.resize(n_looks, replicas(&stage));
            }
            tick(&mut stage);
        }
        seen
    }
}

fn deployment(replicas: i64) -> serde_json::Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}},
    })
}

fn autoscaler(most: i64, behavior: serde_json::Value) -> serde_json::Value {
    let target = json!({"type": "Utilization", "averageUtilization": 50});
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 2, "maxReplicas": most, "behavior": behavior,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    })
}

/// As many ready Pods as the Deployment wants.
fn run_as_told(stage: &mut Stage) {
    stage.memory.objects.retain(|key, _| !key.kind.is("", "Pod"));
    for number in 0..replicas(stage) {
        stage.put(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("web-{number}"), "namespace": "default", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "100m"}}}]},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        }));
    }
}

fn pass(stage: &mut Stage, controller: &Autoscalers) -> Vec<String> {
    stage.reconcile(controller, &Key::new(kind(), "default", "a"))
}

fn replicas(stage: &Stage) -> i64 {
    stage.get(DEPLOYMENT, "web")["spec"]["replicas"].count()
}

fn timer_of(stage: &Stage) -> Option<Object> {
    stage.memory.objects.values().find(|object| timer::is_timer(&object.kind())).cloned()
}

fn left(stage: &Stage) -> Option<i64> {
    timer_of(stage).and_then(|timer| timer::left(&timer))
}

fn tick(stage: &mut Stage) {
    if let Some(later) = timer_of(stage).and_then(|timer| timer::ticked(&timer)) {
        stage.memory.insert(later);
    }
}

#[test]
fn the_recorded_cycle_comes_out() {
    let seen = RECORDED.acted(30);
    assert_eq!(seen[3..15], [4, 8, 16, 30, 30, 23, 10, 4, 3, 4, 8, 16]);
    assert_eq!(seen[6..15], seen[15..24], "nine looks, 27 seconds");
}

#[test]
fn it_looks_as_often_and_does_the_same_as_a_plain_simulation() {
    for (period, lag) in [(3, 0), (3, 1), (3, 3), (3, 8), (5, 12), (4, 8), (2, 9)] {
        for (load, first, window) in [(12, 2, 0), (12, 20, 7), (7, 3, 30), (25, 25, 12), (1, 9, 15)] {
            let world = World { load, first, most: 30, period, lag, window };
            assert_eq!(world.acted(40), world.simulated(40), "{world:?}");
        }
    }
}

#[test]
fn where_nothing_can_change_the_timer_is_stopped_and_goes_on_when_something_does() {
    let mut stage = Stage::of([deployment(12), autoscaler(30, json!(null))]);
    let controller = Autoscalers::new(Settings { load: Load::Constant(12), pace: Some(RECORDED.pace()) });
    for _ in 0..40 {
        run_as_told(&mut stage);
        pass(&mut stage, &controller);
        tick(&mut stage);
    }
    assert_eq!(left(&stage), None);
    assert!(pass(&mut stage, &controller).is_empty());
    stage.change(DEPLOYMENT, "web", json!({"spec": {"replicas": 6}}));
    run_as_told(&mut stage);
    stage.choices = vec![1];
    let timer = "create Timer/HorizontalPodAutoscaler.a";
    assert_eq!(pass(&mut stage, &controller), [timer]);
    assert_eq!(left(&stage), Some(2));
}

#[test]
fn policies_slow_it_down() {
    let behavior = json!({
        "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Min", "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 6}, {"type": "Percent", "value": 300, "periodSeconds": 3}]},
        "scaleDown": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [
            {"type": "Pods", "value": 1, "periodSeconds": 3}, {"type": "Percent", "value": 10, "periodSeconds": 3}]},
    });
    let pace = World { lag: 0, ..RECORDED }.pace();
    let mut stage = Stage::of([deployment(2), autoscaler(30, behavior)]);
    let mut seen = Vec::new();
    for load in [20; 6].into_iter().chain([5; 5]) {
        run_as_told(&mut stage);
        pass(&mut stage, &Autoscalers::new(Settings { load: Load::Constant(load), pace: Some(pace) }));
        seen.push(replicas(&stage));
        for _ in 0..3 {
            tick(&mut stage);
        }
    }
    // Four at once, then none for two looks' time; later one tenth at a time, rounded down to what is left.
    assert_eq!(seen, [6, 6, 10, 10, 14, 14, 12, 10, 9, 8, 7]);
}

#[test]
fn what_is_recommended_for_a_short_time_is_not_followed_upwards() {
    let behavior = json!({
        "scaleUp": {"stabilizationWindowSeconds": 9, "selectPolicy": "Max", "policies": [
            {"type": "Percent", "value": 900, "periodSeconds": 3}]},
        "scaleDown": {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 3}]},
    });
    let pace = World { lag: 0, window: 6, ..RECORDED }.pace();
    let mut stage = Stage::of([deployment(4), autoscaler(30, behavior)]);
    let mut seen = Vec::new();
    for load in [8, 4, 8, 8, 8, 4, 4] {
        run_as_told(&mut stage);
        pass(&mut stage, &Autoscalers::new(Settings { load: Load::Constant(load), pace: Some(pace) }));
        seen.push(replicas(&stage));
        for _ in 0..3 {
            tick(&mut stage);
        }
    }
    assert_eq!(seen, [4, 4, 4, 4, 8, 8, 4]);
}

#[test]
fn without_requests_or_metrics_the_bounds_are_what_is_left() {
    let mut stage = Stage::of([deployment(1), autoscaler(30, json!(null))]);
    let controller = Autoscalers::new(Settings { load: Load::Unknown, pace: Some(RECORDED.pace()) });
    pass(&mut stage, &controller);
    assert_eq!((replicas(&stage), left(&stage)), (2, Some(3)));
    for _ in 0..6 {
        tick(&mut stage);
        pass(&mut stage, &controller);
    }
    assert_eq!(stage.get(AUTOSCALER, "a").condition("ScalingActive")["reason"], Value::from("FailedGetResourceMetric"));
}

#[test]
fn a_spec_that_changes_is_looked_at_out_of_turn() {
    let mut stage = Stage::of([deployment(4), autoscaler(30, json!(null))]);
    let pace = World { lag: 0, ..RECORDED }.pace();
    let controller = Autoscalers::new(Settings { load: Load::Constant(4), pace: Some(pace) });
    stage.change(AUTOSCALER, "a", json!({"metadata": {"generation": 1}}));
    pass(&mut stage, &controller);
    tick(&mut stage);
    stage.change(AUTOSCALER, "a", json!({"metadata": {"generation": 2}, "spec": {"minReplicas": 6}}));
    pass(&mut stage, &controller);
    assert_eq!((replicas(&stage), left(&stage)), (6, Some(2)));
    assert!(pass(&mut stage, &controller).is_empty());
}

#[test]
fn a_scale_that_is_refused_again_and_again_is_no_endless_work() {
    let mut stage = Stage::of([deployment(1), autoscaler(30, json!(null))]);
    stage.refused = vec!["update scale"];
    let controller = Autoscalers::new(Settings { load: Load::Unknown, pace: Some(RECORDED.pace()) });
    for _ in 0..12 {
        pass(&mut stage, &controller);
        tick(&mut stage);
    }
    assert_eq!(left(&stage), Some(0));
    assert_eq!(pass(&mut stage, &controller), ["update scale Deployment/web: refused"]);
}
