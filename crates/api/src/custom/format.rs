//! The formats of strings that the server checks.
//!
//! What is left out is taken as fitting: `hostname`, `email`, `mac`, `isbn…`, `creditcard`, `ssn`, `…color`, `bsonobjectid`, `uri`
//! beyond its beginning. A format that the server does not know fits always.
// https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/validation/formats.go

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::cel::{Datum, Text};
use crate::pattern::Pattern;

/// Whether the text has that format.
pub(super) fn fits(format: &str, text: &str) -> bool {
    // https://github.com/kubernetes/kube-openapi/blob/master/pkg/validation/strfmt/default.go
    match format.replace('-', "").as_str() {
        "datetime" => reads(text, Text::DateTime),
        "date" => text.len() == 10 && reads(text, Text::Date),
        "duration" => reads(text, Text::Duration),
        "byte" => matches("^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", text) && !text.is_empty(),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "uri" => matches("^([A-Za-z][A-Za-z0-9+.-]*:|/)", text),
        "uuid" => is_uuid(text, "[0-9a-f]", "[0-9a-f]"),
        "uuid3" => is_uuid(text, "3", "[0-9a-f]"),
        "uuid4" => is_uuid(text, "4", "[89ab]"),
        "uuid5" => is_uuid(text, "5", "[89ab]"),
        "k8sshortname" => text.len() <= 63 && matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", text),
        "k8slongname" => {
            text.len() <= 253 && matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", text)
        }
        _ => true,
    }
}

fn reads(text: &str, notation: Text) -> bool {
    matches!(Datum::read(&Arc::from(text), notation), Datum::Foreign(_))
}

fn matches(pattern: &str, text: &str) -> bool {
    Pattern::compile(pattern).is_ok_and(|pattern| pattern.matches(text))
}

fn is_cidr(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, length)| {
        let width = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.parse::<u8>().is_ok_and(|length| length <= width)
    })
}

fn is_uuid(text: &str, version: &str, variant: &str) -> bool {
    let pattern =
        format!("(?i)^[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?{version}[0-9a-f]{{3}}-?{variant}[0-9a-f]{{3}}-?[0-9a-f]{{12}}$");
    matches(&pattern, text)
}
