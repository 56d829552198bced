//! Whether a value fits its schema: type, range, length, form, and the logical junctors.
//!
//! Names of fields come in their order, where the server's come at random.
// https://github.com/kubernetes/kube-openapi/blob/master/pkg/validation/validate/schema.go: SchemaValidator.Validate

use evenkeel_object::Value;

use super::flaw::{Place, invalid, not_supported, required, too_long, too_many, type_invalid};
use super::format;
use super::schema::{Additional, Checks, Schema};
use crate::Cause;
use crate::pattern::Pattern;

/// What is wrong, and how much was right: of several alternatives the server explains the one that fits best.
#[derive(Default)]
pub(super) struct Findings {
    /// What is wrong.
    pub(super) causes: Vec<Cause>,
    n_right: usize,
}

impl Findings {
    fn merge(&mut self, other: Findings) {
        self.causes.extend(other.causes);
        self.n_right += other.n_right;
    }

    fn is_valid(&self) -> bool {
        self.causes.is_empty()
    }
}

/// Whether the value fits the schema. `old` is the value that it replaces: what has not changed is not wrong.
pub(super) fn check(place: &Place, value: &Value, old: Option<&Value>, schema: &Schema) -> Findings {
    let mut findings = unratcheted(place, value, old, schema);
    if !findings.is_valid() && old == Some(value) {
        findings.causes.clear();
    }
    findings
}

fn unratcheted(place: &Place, value: &Value, old: Option<&Value>, schema: &Schema) -> Findings {
    let mut findings = Findings::default();
    let mut add = |part: Findings| {
        findings.merge(part);
        findings.n_right += 1;
    };
    if !schema.kind.is_empty() || schema.int_or_string {
        add(of_type(place, value, schema));
    }
    if value.is_null() {
        add(one_of(place, value, &schema.checks));
        return findings;
    }
    add(junctors(place, value, old, &schema.checks));
    match value {
        Value::String(text) => {
            add(string(place, text, &schema.checks));
            add(formatted(place, text, &schema.checks));
        }
        Value::Int(_) | Value::Float(_) => add(number(place, value, schema)),
        Value::List(items) => add(list(place, items, old, schema)),
        _ => {}
    }
    add(one_of(place, value, &schema.checks));
    if value.as_map().is_some() {
        add(object(place, value, old, schema));
    }
    findings
}

fn of_type(place: &Place, value: &Value, schema: &Schema) -> Findings {
    let given = value.type_name();
    let fits = match value {
        Value::Null => schema.nullable,
        Value::Int(_) => schema.int_or_string || matches!(&*schema.kind, "integer" | "number"),
        Value::Float(number) if number.get().fract() == 0.0 => {
            schema.int_or_string || matches!(&*schema.kind, "integer" | "number")
        }
        Value::String(_) => schema.int_or_string || &*schema.kind == "string",
        _ => !schema.int_or_string && *schema.kind == *given,
    };
    if fits {
        return Findings { causes: Vec::new(), n_right: 1 };
    }
    let wanted = if schema.int_or_string { "integer,string" } else { &schema.kind };
    let detail = format!("{} in body must be of type {wanted}: {given:?}", place.text());
    wrong(type_invalid(place, &Value::from(given), &detail))
}

fn wrong(cause: Cause) -> Findings {
    Findings { causes: vec![cause], n_right: 0 }
}

/// A fault of the whole object, whose place is only in the text.
fn anywhere(detail: &str) -> Cause {
    invalid(&Place::default(), &Value::from(""), detail)
}

fn one_of(place: &Place, value: &Value, checks: &Checks) -> Findings {
    let equal = |allowed: &Value| match (allowed, value) {
        (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => *a as f64 == b.get(),
        (allowed, value) => allowed == value,
    };
    if checks.allowed.is_empty() || (!value.is_null() && checks.allowed.iter().any(equal)) {
        return Findings::default();
    }
    wrong(not_supported(place, value, &checks.allowed))
}

fn string(place: &Place, text: &str, checks: &Checks) -> Findings {
    let length = i64::try_from(text.chars().count()).expect("a length fits");
    let fault = |detail: &str| wrong(invalid(place, &Value::from(text), detail));
    if let Some(max) = checks.length.1.filter(|max| length > *max) {
        return wrong(too_long(place, max));
    }
    if let Some(min) = checks.length.0.filter(|min| length < *min) {
        return fault(&format!("{} in body should be at least {min} chars long", place.text()));
    }
    let Some(pattern) = &checks.pattern else {
        return Findings::default();
    };
    match Pattern::compile(pattern) {
        Ok(compiled) if compiled.matches(text) => Findings::default(),
        Ok(_) => fault(&format!("{} in body should match '{pattern}'", place.text())),
        Err(error) => {
            fault(&format!("{} in body should match '{pattern}, but pattern is invalid: {error}'", place.text()))
        }
    }
}

fn formatted(place: &Place, text: &str, checks: &Checks) -> Findings {
    if format::fits(&checks.format, text) {
        return Findings::default();
    }
    let detail = format!("{} in body must be of type {}: {text:?}", place.text(), checks.format);
    wrong(type_invalid(place, &Value::from(text), &detail))
}

fn number(place: &Place, value: &Value, schema: &Schema) -> Findings {
    let mut causes = Vec::new();
    let checks = &schema.checks;
    if !in_range(value, schema) {
        causes.push(anywhere(&format!(
            "Checked value must be of type {} with format {} in {}",
            schema.kind,
            checks.format,
            place.text()
        )));
    }
    causes.extend(multiple(place, value, checks));
    let less = |left: &Value, right: &Value| double(left) < double(right);
    let mut bound = |limit: &Option<Value>, excluded: bool, is_minimum: bool| {
        let Some(limit) = limit else {
            return;
        };
        let beyond = if is_minimum { less(value, limit) } else { less(limit, value) };
        if beyond || excluded && double(value) == double(limit) {
            let words = match (is_minimum, excluded) {
                (true, false) => "greater than or equal to",
                (true, true) => "greater than",
                (false, false) => "less than or equal to",
                (false, true) => "less than",
            };
            let detail = format!("{} in body should be {words} {}", place.text(), plain(limit));
            causes.push(invalid(place, value, &detail));
        }
    };
    bound(&checks.minimum, checks.minimum_excluded, true);
    bound(&checks.maximum, checks.maximum_excluded, false);
    Findings { causes, n_right: 1 }
}

/// Whether a number fits in the 32 bits that its format speaks of.
fn in_range(value: &Value, schema: &Schema) -> bool {
    match (&*schema.kind, &*schema.checks.format) {
        ("integer", "int32") => double(value).abs() <= f64::from(i32::MAX) || double(value) == f64::from(i32::MIN),
        ("number", "float") => double(value).abs() <= f64::from(f32::MAX),
        _ => true,
    }
}

/// An integer is divided by the whole part of the factor, as the server does; a factor below one then counts as zero.
fn multiple(place: &Place, value: &Value, checks: &Checks) -> Option<Cause> {
    let factor = double(checks.multiple_of.as_ref()?);
    let factor = if value.as_int().is_some() { factor.trunc() } else { factor };
    if factor <= 0.0 {
        let detail = format!("factor MultipleOf declared for {} must be positive: {factor}", place.text());
        return Some(invalid(place, &Value::Int(factor as i64), &detail));
    }
    let fits = match value.as_int() {
        Some(number) => number % factor as i64 == 0,
        None if factor < 1.0 => (1.0 / factor * double(value)).fract() == 0.0,
        None => (double(value) / factor).fract() == 0.0,
    };
    let detail = format!("{} in body should be a multiple of {factor}", place.text());
    (!fits).then(|| invalid(place, value, &detail))
}

fn double(value: &Value) -> f64 {
    match value {
        Value::Int(number) => *number as f64,
        Value::Float(number) => number.get(),
        _ => f64::NAN,
    }
}

/// A number without the `.0` that JSON would give it.
fn plain(value: &Value) -> String {
    double(value).to_string()
}

fn list(place: &Place, items: &[Value], old: Option<&Value>, schema: &Schema) -> Findings {
    let mut findings = Findings::default();
    if let Some(of) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            let old = old.and_then(|old| schema.corresponding(item, old));
            findings.merge(check(&place.key(index), item, old, of));
        }
    }
    let n = i64::try_from(items.len()).expect("a length fits");
    if let Some(min) = schema.checks.n_items.0.filter(|min| n < *min) {
        let detail = format!("{} in body should have at least {min} items", place.text());
        findings.causes.push(invalid(place, &Value::Int(n), &detail));
    }
    if let Some(max) = schema.checks.n_items.1.filter(|max| n > *max) {
        findings.causes.push(too_many(place, n, max));
    }
    if schema.checks.unique && items.iter().enumerate().any(|(i, item)| items[..i].contains(item)) {
        let detail = format!("{} in body shouldn't contain duplicates", place.text());
        findings.causes.push(invalid(place, &Value::from(""), &detail));
    }
    findings.n_right += 1;
    findings
}

fn object(place: &Place, value: &Value, old: Option<&Value>, schema: &Schema) -> Findings {
    let mut findings = Findings::default();
    let n = i64::try_from(value.entries().count()).expect("a size fits");
    if let Some(min) = schema.checks.n_properties.0.filter(|min| n < *min) {
        let detail = format!("{} in body should have at least {min} properties", place.text());
        findings.causes.push(invalid(place, &Value::Int(n), &detail));
    }
    if let Some(max) = schema.checks.n_properties.1.filter(|max| n > *max) {
        findings.causes.push(too_many(place, n, max));
    }
    for (name, field) in value.entries() {
        let inside = place.child(name);
        // What is at the top is the same object in all versions, so what it is called does not count as unchanged.
        let is_type = place.text().is_empty() && matches!(&**name, "apiVersion" | "kind");
        let old = old.and_then(|old| old.get(name)).filter(|_| !is_type);
        match (schema.properties.get(name), &schema.additional) {
            (Some(schema), _) => findings.merge(check(&inside, field, old, schema)),
            (None, Additional::Each(schema)) => findings.merge(check(&inside, field, old, schema)),
            (None, Additional::Any(false)) => {
                let detail = format!("{}.{name} in body is a forbidden property", place.text());
                findings.causes.push(invalid(&inside, &Value::from(""), &detail));
            }
            (None, _) => {}
        }
    }
    for name in schema.checks.required.iter().filter(|name| value.get(name).is_none()) {
        findings.causes.push(required(&place.child(name), ""));
    }
    findings
}

fn junctors(place: &Place, value: &Value, old: Option<&Value>, checks: &Checks) -> Findings {
    let all = |schemas: &[Schema]| -> Vec<Findings> {
        schemas.iter().map(|schema| unratcheted(place, value, old, schema)).collect()
    };
    let mut findings = Findings { causes: Vec::new(), n_right: 1 };
    if !checks.any_of.is_empty() {
        findings.merge(some(place, all(&checks.any_of)));
    }
    if !checks.one_of.is_empty() {
        findings.merge(exactly_one(place, all(&checks.one_of)));
    }
    if !checks.all_of.is_empty() {
        findings.merge(every(place, all(&checks.all_of)));
    }
    if let Some(not) = &checks.not
        && unratcheted(place, value, old, not).is_valid()
    {
        let cause = said(place, "must not validate the schema (not)");
        findings.causes.push(cause);
    }
    findings
}

fn said(place: &Place, what: &str) -> Cause {
    anywhere(&format!("{:?} {what}", place.text()))
}

fn n_valid(results: &[Findings]) -> usize {
    results.iter().filter(|result| result.is_valid()).count()
}

fn some(place: &Place, results: Vec<Findings>) -> Findings {
    if n_valid(&results) > 0 {
        return best(results);
    }
    let mut findings = wrong(said(place, "must validate at least one schema (anyOf)"));
    findings.merge(best(results));
    findings
}

fn exactly_one(place: &Place, results: Vec<Findings>) -> Findings {
    let how = match n_valid(&results) {
        1 => return best(results),
        0 => "Found none valid".to_string(),
        n => format!("Found {n} valid alternatives"),
    };
    let text = format!("must validate one and only one schema (oneOf). {how}");
    let mut findings = wrong(said(place, &text));
    findings.merge(best(results));
    findings
}

fn every(place: &Place, results: Vec<Findings>) -> Findings {
    let (n_valid, n_all) = (n_valid(&results), results.len());
    let mut findings = Findings::default();
    results.into_iter().for_each(|result| findings.merge(result));
    if n_valid < n_all {
        let none = if n_valid == 0 { ". None validated" } else { "" };
        let text = format!("must validate all the schemas (allOf){none}");
        findings.causes.push(said(place, &text));
    }
    findings
}

/// The first alternative that is valid; else the first of those with most right.
fn best(results: Vec<Findings>) -> Findings {
    let mut best: Option<Findings> = None;
    for result in results {
        if result.is_valid() {
            return result;
        }
        if best.as_ref().is_none_or(|best| result.n_right > best.n_right) {
            best = Some(result);
        }
    }
    best.unwrap_or_default()
}
