//! Expressions and what they come to.

use evenkeel_object::{Value, json};

use super::{Program, Type, misfits, variables};

/// Evaluates with `object` and `text` bound; a value is shown as JSON, an error as its text, a text that does not compile as `line:column message`.
fn check(expression: &str, expect: &str) {
    let object = Value::from(json!({
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web", "a-b": "1"}},
        "spec": {"replicas": 3, "ratio": 0.5, "empty": null, "ports": [80, 443], "a-b": 1},
        "items": [{"n": "b", "v": 2}, {"n": "a", "v": 1}],
    }));
    let text = Value::from("10.0.0.0/8");
    let shown = match Program::compile(expression) {
        Err(error) if error.gap => format!("{}:{} gap", error.line, error.column),
        Err(error) => format!("{}:{} {}", error.line, error.column, error.message),
        Ok(program) => match program.evaluate(&[("object", &object), ("text", &text)]) {
            Ok(value) => {
                check_types(&program, &[("object", Type::of(&object)), ("text", Type::of(&text))], &value);
                value.to_string()
            }
            Err(error) => error,
        },
    };
    assert_eq!(shown, expect, "{expression}");
}

/// What comes to a value is no mistake (but for a comparison that is never true), and the value is of the type that was foreseen.
fn check_types(program: &Program, variables: &[(&str, Type)], value: &Value) {
    let (of, mistakes) = program.infer(variables);
    let is_comparison = |message: &str| ["`==`", "`!=`", "`in`"].iter().any(|sign| message.starts_with(sign));
    let wrong: Vec<&str> = mistakes.iter().map(|m| &*m.message).filter(|message| !is_comparison(message)).collect();
    assert_eq!(wrong, [""; 0], "{}", program.text());
    let mut found = Vec::new();
    misfits(&of.stored(), &Type::of(value), ("the value", ""), &mut found);
    assert_eq!(found, [], "{} is {value}, and not {of}", program.text());
}

#[test]
fn fields_are_read_as_the_server_reads_them() {
    check("object.metadata.name", r#""web""#);
    check("object.metadata.namespace", r#""shop""#);
    check("object.metadata.__namespace__", r#""shop""#);
    check("object.metadata.labels['a-b']", r#""1""#);
    check("object.spec.a__dash__b", "1");
    check("object.spec.`a-b`", "1");
    check("object.spec.missing", "no such key: missing");
    check("object.spec.replicas.x", "no such overload");
    check("has(object.spec.replicas)", "true");
    check("has(object.spec.missing)", "false");
    check("has(object.spec.replicas.x)", "no such overload");
    check("object.spec.ports[1]", "443");
    check("object.spec.ports[2]", "index out of bounds: 2");
    check("object.spec.ports[-1]", "index out of bounds: -1");
    check("object.spec.empty == null", "true");
    check("'app' in object.metadata.labels", "true");
    check("80 in object.spec.ports", "true");
    check("oldObject == null", "no such attribute(s): oldObject");
}

#[test]
fn numbers_keep_their_types_and_compare_across_them() {
    check("1 + 2 * 3", "7");
    check("7 / 2", "3");
    check("-7 % 3", "-1");
    check("1 / 0", "division by zero");
    check("1 % 0", "modulus by zero");
    check("9223372036854775807 + 1", "integer overflow");
    check("1.0 / 2.0", "0.5");
    check("1 + 1.0", "no such overload");
    check("1 == 1.0", "true");
    check("1 < 1.5", "true");
    check("2u > 1", "true");
    check("1.0 / 0.0 > 1e300", "true");
    check("int('42') + int(1.9)", "43");
    check("double(1)", "1.0");
    check("string(1) + string(true)", r#""1true""#);
    check("'1' == 1", "false");
    check("'a' < 1", "no such overload");
    check("1 - -1", "2");
    check("1--1", "2");
    check("--1", "1");
}

#[test]
fn one_side_can_decide_beside_an_error() {
    check("object.x || true", "true");
    check("true || object.x", "true");
    check("object.x && false", "false");
    check("object.x || false", "no such key: x");
    check("true && 1", "no such overload");
    check("!true", "false");
    check("!!true", "true");
    check("! ! ! true", "false");
    check("'!!' + '!'", r#""!!!""#);
    check("1 != 2", "true");
    check("true ? 1 : object.x", "1");
}

#[test]
fn macros_walk_lists_and_maps_in_order() {
    check("object.spec.ports.all(p, p > 79)", "true");
    check("object.spec.ports.exists(p, p == 443)", "true");
    check("[0, 1].all(x, 1 / x > 5)", "false");
    check("[0, 1].exists(x, 1 / x == 1)", "true");
    check("[0, 2].exists(x, 1 / x == 1)", "division by zero");
    check("object.spec.ports.exists_one(p, p == 80)", "true");
    check("object.spec.ports.map(p, p * 2)", "[160,886]");
    check("object.spec.ports.map(p, p > 80, p * 2)", "[886]");
    check("object.spec.ports.filter(p, p > 80)", "[443]");
    check("object.metadata.labels.map(k, k)", r#"["a-b","app"]"#);
    check("object.items.map(i, i.n.size() + [1, 2].map(x, x * i.v)[1])", "[5,3]");
    check("object.items.sortBy(i, i.v).map(i, i.n)", r#"["a","b"]"#);
    check("[3, 1, 2].sort()", "[1,2,3]");
}

#[test]
fn macros_with_two_variables_know_the_index_or_the_key() {
    check("object.spec.ports.all(i, p, i < 2 && p >= 80)", "true");
    check("object.metadata.labels.exists(k, v, k == v)", "false");
    check("object.spec.ports.transformList(i, p, i + p)", "[80,444]");
    check("object.spec.ports.transformList(i, p, i > 0, p)", "[443]");
    check("object.metadata.labels.transformMap(k, v, v + k)", r#"{"a-b":"1a-b","app":"webapp"}"#);
    check("object.metadata.labels.transformMapEntry(k, v, {v: k})", r#"{"1":"a-b","web":"app"}"#);
    check("[1].all(1, v, true)", "1:5 argument must be a simple name");
}

#[test]
fn optionals_stand_for_what_may_be_absent() {
    check("object.?spec.?replicas.orValue(1)", "3");
    check("object.?spec.?missing.orValue(1)", "1");
    check("object.?status.replicas.hasValue()", "false");
    check("object.spec.ports[?5].orValue(0)", "0");
    check("object.metadata.labels[?'app'].value()", r#""web""#);
    check("object.?x.value()", "optional.none() dereference");
    check("[1, ?object.?x, 2]", "[1,2]");
    check("{'a': 1, ?'b': object.?x}", r#"{"a":1}"#);
    check("object.?spec.?replicas.optMap(n, n + 1).orValue(0)", "4");
    check("optional.none().or(optional.of(1)).value()", "1");
    check("optional.ofNonZeroValue('').hasValue()", "false");
    check("has(object.?spec.replicas)", "true");
}

#[test]
fn the_libraries_of_kubernetes_are_there() {
    check("object.metadata.name.matches('^w[a-z]+$')", "true");
    check("'web'.startsWith('w') && 'web'.endsWith('b') && 'web'.contains('e')", "true");
    check("size('äb') + 'abc'.size() + size([1]) + size({'a': 1})", "7");
    check("'a,b'.split(',')", r#"["a","b"]"#);
    check("['a', 'b'].join('-')", r#""a-b""#);
    check("'%s=%d'.format(['a', 1])", r#""a=1""#);
    check("'abc'.substring(1).upperAscii().replace('B', 'x')", r#""xC""#);
    check("quantity('1.5Gi').isGreaterThan(quantity('1000Mi'))", "true");
    check("quantity('500m').add(quantity('1')).compareTo(quantity('1500m'))", "0");
    check("isQuantity('1x')", "false");
    check("cidr(text).containsIP('10.1.2.3')", "true");
    check("ip('10.0.0.1').family()", "4");
    check("isIP('nope')", "false");
    check("url('https://a.b:80/c').getHost()", r#""a.b:80""#);
    check("isURL('https://a')", "true");
    check("'ab12'.find('[0-9]+')", r#""12""#);
    check("sets.contains([1, 2], [2])", "true");
    check("[1, 2, 2].distinct().sum()", "3");
    check("[1, 2].isSorted() && [1, 2].max() == 2", "true");
    check("!format.dns1123Label().validate('a-b').hasValue()", "true");
    check("format.dns1123Label().validate('A').hasValue()", "true");
    check("semver('1.2.3').isLessThan(semver('2.0.0'))", "true");
    check("duration('90m') > duration('1h')", "true");
    check("duration('90m')", r#""5400s""#);
    check("timestamp('2024-01-01T00:00:00Z') + duration('1h')", r#""2024-01-01T01:00:00Z""#);
    check("timestamp('2024-01-01T00:00:00Z').getFullYear()", "2024");
    check("b'ab'", r#""YWI=""#);
    check("type(1) == int && type('') != int", "true");
    check("quantity('1')", "a value of type kubernetes.Quantity cannot stand in an object");
}

#[test]
fn what_does_not_compile_says_where() {
    check("object.spec.", "1:13 Syntax error: no viable alternative at input '.'");
    check("object.frob(1)", "1:8 undeclared reference to 'frob' (in container '')");
    check("true &&\n  frob()", "2:3 undeclared reference to 'frob' (in container '')");
    check("math.abs(-1)", "1:6 undeclared reference to 'abs' (in container '')");
    check("authorizer.group('').resource('pods').check('get').allowed()", "1:52 gap");
    check("Object{spec: 1}", "1:1 gap");
    check("has(object)", "1:5 invalid argument to has() macro");
    check(&"(".repeat(5000), "1:1 gap");
    check(&format!("{}1", "1+".repeat(5000)), "1:1 gap");
    check(&format!("{}1", "1+".repeat(249)), "250");
    check(&format!("{}1", "true ? 1 : ".repeat(249)), "1");
    check(&format!("{}1{}", "(".repeat(120), ")".repeat(120)), "1");
    check(&format!("{}true", "true && ".repeat(2000)), "true");
}

#[test]
fn the_variables_are_those_that_no_macro_binds() {
    let of = |text| variables(&Program::compile(text).expect("it compiles"));
    assert_eq!(of("object.x.all(i, i > params.min) && has(request.y)"), ["object", "params", "request"]);
    assert_eq!(of("x.map(x, x)"), ["x"]);
    assert_eq!(of("sets.contains([a], [a])"), ["a"]);
    assert_eq!(of("a.optMap(v, v + b)"), ["a", "b"]);
    let program = Program::compile("self.a == oldSelf.a && elf").expect("it compiles");
    assert_eq!(program.unknown(&["self", "oldSelf"]).collect::<Vec<_>>(), ["elf"]);
}

/// Whatever stands where an expression should: an answer, never a panic.
#[test]
fn nonsense_is_refused_without_a_panic() {
    let words = [
        "object", ".", "(", ")", "[", "]", "{", "}", "'a'", "\"", "1", "1u", "1.5e3", "-", "!", "?", ":", ",", "&&",
        "||", "==", "in", "has", "all", "map", "x", "`", "r'", "'''", "//", "\n", "ä", "@", "0x", "b'\\x", "'\\",
        "null", "true", "%", "type",
    ];
    let mut state = 7u64;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..(state >> 60) + 1 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(words[(state >> 33) as usize % words.len()]);
        }
        if let Ok(program) = Program::compile(&text) {
            let _ = program.evaluate(&[("object", &Value::map()), ("x", &Value::from(1))]);
        }
    }
}
