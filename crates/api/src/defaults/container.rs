//! Containers of all three sorts.

use evenkeel_object::Value;

use super::fill::{each, fill, inside};

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_Container
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/zz_generated.defaults.go: SetObjectDefaults_Pod
pub(super) fn container(container: &mut Value) {
    let policy = pull_policy(container["image"].text());
    fill(container, "imagePullPolicy", policy);
    fill(container, "terminationMessagePath", "/dev/termination-log");
    fill(container, "terminationMessagePolicy", "File");
    each(container, &["ports"], |port| fill(port, "protocol", "TCP"));
    each(container, &["env"], |variable| {
        inside(variable, &["valueFrom", "fieldRef"], field_reference);
        inside(variable, &["valueFrom", "fileKeyRef"], |reference| {
            fill(reference, "optional", false);
        });
    });
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        inside(container, &[kind], probe);
    }
    for hook in ["postStart", "preStop"] {
        inside(container, &["lifecycle", hook, "httpGet"], http_get);
    }
}

/// A reference to a field of the Pod itself.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_ObjectFieldSelector
pub(super) fn field_reference(reference: &mut Value) {
    fill(reference, "apiVersion", "v1");
}

// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go: SetDefaults_Probe, SetDefaults_HTTPGetAction
fn probe(probe: &mut Value) {
    for (field, number) in
        [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        fill(probe, field, number);
    }
    inside(probe, &["httpGet"], http_get);
    inside(probe, &["grpc"], |call| fill(call, "service", ""));
}

fn http_get(action: &mut Value) {
    fill(action, "path", "/");
    fill(action, "scheme", "HTTP");
}

/// What an image without a policy gets: the newest is always pulled.
///
/// A name that is no image name counts as one with a tag.
// https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/util/parsers/parsers.go: ParseImageName
pub(super) fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let path = name.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match name[path..].find(':') {
        Some(colon) => (&name[..path + colon], &name[path + colon + 1..]),
        None if digest.is_some() => (name, ""),
        None => (name, "latest"),
    };
    if tag == "latest" && is_repository(repository) { "Always" } else { "IfNotPresent" }
}

/// Whether it can be the name of a repository: after the host, if it has one, all is lower case.
// https://github.com/distribution/reference/blob/v0.6.0/normalize.go: ParseNormalizedNamed, splitDockerDomain
fn is_repository(name: &str) -> bool {
    let is_host = |first: &str| {
        first == "localhost" || first.contains(['.', ':']) || first.chars().any(|c| c.is_ascii_uppercase())
    };
    let path = match name.split_once('/') {
        Some((first, rest)) if is_host(first) => rest,
        _ => name,
    };
    let is_part = |part: &str| {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let inner = |c: char| ends(Some(c)) || matches!(c, '.' | '_' | '-');
        ends(part.chars().next()) && ends(part.chars().last()) && part.chars().all(inner)
    };
    path.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::pull_policy;

    fn check(image: &str, expect: &str) {
        assert_eq!(pull_policy(image), expect, "{image}");
    }

    #[test]
    fn only_the_newest_is_always_pulled() {
        check("nginx", "Always");
        check("nginx:latest", "Always");
        check("registry.example:5000/team/web", "Always");
        check("localhost/web:latest", "Always");
        check("nginx:1.29", "IfNotPresent");
        check("registry.example:5000/team/web:v1", "IfNotPresent");
        check("web@sha256:0123", "IfNotPresent");
        check("web:latest@sha256:0123", "Always");
        check("", "IfNotPresent");
        check("Web", "IfNotPresent");
        check("no such image", "IfNotPresent");
    }
}
