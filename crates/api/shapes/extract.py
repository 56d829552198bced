#!/usr/bin/env python3
"""Writes shapes.txt: how the parts of Kubernetes' own kinds are merged and owned.

    pip install --no-deps --target DIR kubernetes-validate==1.37.0
    go mod download k8s.io/client-go@v0.37.2
    ./extract.py DIR/kubernetes_validate/kubernetes-json-schema/v1.37.0-local \\
        "$(go env GOMODCACHE)"/k8s.io/client-go@v0.37.2/applyconfigurations/internal/internal.go > shapes.txt

The first argument is a folder with the JSON schemas of one version, the second the schema that client-go ships for server-side
apply; of that only the defaults are read (JSON schemas have none). Both are Apache-2.0, see NOTICE.

One line per definition, and one per kind:

    apps.v1.DeploymentSpec selector:!*meta.v1.LabelSelector strategy:!apps.v1.DeploymentStrategy% template:!core.v1.PodTemplateSpec
    kind apps/Deployment apps.v1.Deployment

A place is a field's name, a colon, and in this order, each if it applies:

    !            Go always writes the field, also when it is empty
    *            atomic: owned and merged as a whole (x-kubernetes-map-type, or a definition that is atomic)
    {}           a map with keys that people choose; what follows is about its values
    []           an atomic list; what follows is about its items
    [=]          a list that is a set
    [a,b=TCP]    a list that is a map by these keys, with the default of a key that may be left out
    ?            anything: a value without a schema
    some.v1.Name what it looks like inside: another line
    ~key         strategic merge patch merges the list by that key; ~ alone: as a set
    ^            strategic merge patch replaces the map
    %            strategic merge patch honours $retainKeys

Left out is what is plain: scalars, atomic lists, granular structs and maps with nothing but plain places in them. A kind is listed
in its most stable version only.
"""

import json
import re
import sys
from pathlib import Path

META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
REF = "#/$defs/"
PREFIXES = [
    ("io.k8s.apimachinery.pkg.apis.", ""),
    ("io.k8s.apimachinery.pkg.", ""),
    ("io.k8s.apiextensions-apiserver.pkg.apis.", ""),
    ("io.k8s.kube-aggregator.pkg.apis.", ""),
    ("io.k8s.api.", ""),
]


def short(name):
    """A definition's name without what all names share."""
    for prefix, instead in PREFIXES:
        if name.startswith(prefix):
            return instead + name[len(prefix):]
    return name


def defaults_of(path):
    """(definition, field) -> default, read line by line: the file is YAML within Go."""
    found, definition, field = {}, None, None
    for line in Path(path).read_text().splitlines():
        if match := re.match(r"- name: (\S+)$", line):
            definition, field = match[1], None
        elif match := re.match(r"    - name: (\S+)$", line):
            field = match[1]
        elif (match := re.match(r"      default: (.*)$", line)) and field:
            found[definition, field] = match[1].strip('"')
    return found


def stability(version):
    """v2 before v1 before v1beta2 before v1beta1 before v1alpha1, as kube-apiserver orders them."""
    match = re.match(r"v(\d+)(?:(alpha|beta)(\d+))?$", version)
    major, level, minor = match.groups()
    return ({None: 2, "beta": 1, "alpha": 0}[level], int(major), int(minor or 0))


class Table:
    def __init__(self, definitions, defaults):
        self.definitions = definitions
        self.defaults = defaults
        self.plain = {name for name in definitions}
        changed = True
        while changed:
            telling = {name for name in self.plain if self.places(name)}
            changed = bool(telling)
            self.plain -= telling

    def places(self, name):
        """The places of a definition that are not plain."""
        definition = self.definitions[name]
        places = []
        for field, schema in sorted(definition.get("properties", {}).items()):
            default = self.defaults.get((name, field))
            top = name in self.known() and (name, "spec") not in self.defaults and field in ("spec", "status", "metadata")
            written = field in definition.get("required", []) or default == "{}" or top
            expression = self.place(schema, written and self.is_container(schema))
            if expression:
                places.append(f"{field}:{expression}")
        return places

    def known(self):
        """The definitions that are kinds, but for lists and mere requests."""
        if not hasattr(self, "kinds"):
            self.kinds = {}
            for name, definition in self.definitions.items():
                groups = definition.get("x-kubernetes-group-version-kind", [])
                meta = definition.get("properties", {}).get("metadata", {})
                if len(groups) == 1 and target(meta) == META:
                    self.kinds[name] = groups[0]
        return self.kinds

    def is_container(self, schema):
        resolved = self.definitions.get(target(schema), schema)
        kinds = resolved.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return "object" in kinds or "array" in kinds

    def place(self, schema, written=False):
        text = "!" if written else ""
        name = target(schema)
        resolved = self.definitions.get(name, {})
        kinds = schema.get("type", resolved.get("type"))
        kinds = kinds if isinstance(kinds, list) else [kinds]
        map_type = schema.get("x-kubernetes-map-type", resolved.get("x-kubernetes-map-type"))
        if map_type == "atomic":
            text += "*"
        patch = self.patch(schema)
        if "array" in kinds:
            inner = self.inner(schema.get("items", {}))
            listing = self.listing(schema)
            if listing == "[]" and not patch:
                # Nobody merges within its items, nor owns a part of one.
                return text
            return text + listing + inner + patch
        if isinstance(schema.get("additionalProperties"), dict):
            inner = self.inner(schema["additionalProperties"])
            return text + ("{}" + inner if inner else "") + patch
        if name:
            return text + self.inner(schema).removeprefix("*") + patch
        if "object" in kinds and "properties" not in schema:
            return text + "?" + patch
        return text + patch

    def inner(self, schema):
        """What the values of a map, the items of a list or a field look like inside."""
        name = target(schema)
        if not name:
            if "items" in schema or "additionalProperties" in schema or "properties" in schema:
                # A list of lists, say: its items are atomic lists or maps of scalars, and plain.
                return self.place(schema)
            return ""
        resolved = self.definitions[name]
        if not resolved.get("type") and not resolved.get("oneOf"):
            return "?"
        if "object" in resolved.get("type", []) and not resolved.get("properties"):
            return "?"
        atomic = "*" if resolved.get("x-kubernetes-map-type") == "atomic" else ""
        return atomic + ("" if name in self.plain else short(name))

    def listing(self, schema):
        kind = schema.get("x-kubernetes-list-type", "atomic")
        if kind == "atomic":
            return "[]"
        if kind == "set":
            return "[=]"
        item = target(schema["items"])
        keys = []
        for key in schema["x-kubernetes-list-map-keys"]:
            default = self.defaults.get((item, key))
            keys.append(f"{key}={default}" if default not in (None, "", "0") else key)
        return "[" + ",".join(keys) + "]"

    def patch(self, schema):
        strategies = schema.get("x-kubernetes-patch-strategy", "").split(",")
        text = ""
        if "merge" in strategies:
            text += "~" + schema.get("x-kubernetes-patch-merge-key", "")
        if "retainKeys" in strategies:
            text += "%"
        if "replace" in strategies:
            text += "^"
        return text

    def preferred(self):
        """group/kind -> definition, each in its most stable version."""
        chosen = {}
        for name, kind in self.known().items():
            key = f"{kind['group']}/{kind['kind']}"
            rank = stability(kind["version"])
            if key not in chosen or rank > chosen[key][0]:
                chosen[key] = (rank, name)
        return {key: name for key, (_, name) in sorted(chosen.items())}

    def lines(self):
        kinds, long = self.preferred(), {short(name): name for name in self.definitions}
        needed, reached = list(kinds.values()), set()
        while needed:
            name = needed.pop()
            if name in reached or name in self.plain:
                continue
            reached.add(name)
            for place in self.places(name):
                needed += [long[found] for found in re.findall(r"[\w.]+\.\w+", place.split(":", 1)[1]) if found in long]
        yield from sorted(f"{short(name)} {' '.join(self.places(name))}" for name in reached)
        for key, name in kinds.items():
            yield f"kind {key} {'' if name in self.plain else short(name)}".rstrip()


def target(schema):
    """The definition that a schema refers to."""
    reference = schema.get("$ref", "")
    return reference.split("$defs/")[-1] if reference else None


def main():
    folder, defaults = sys.argv[1:]
    definitions = json.loads((Path(folder) / "_definitions.json").read_text())["$defs"]
    print("# Extracted by extract.py, which explains the notation; not to be edited. See NOTICE.")
    for line in Table(definitions, defaults_of(defaults)).lines():
        print(line)


main()
