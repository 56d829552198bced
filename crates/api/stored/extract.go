// Writes fields.txt: how Go reads and writes the fields of Kubernetes' own kinds.
//
//	go mod init extract
//	go get k8s.io/client-go@v0.37.2 k8s.io/apiextensions-apiserver@v0.37.2 k8s.io/kube-aggregator@v0.37.2
//	go run extract.go > fields.txt
//
// One line per kind and one per Go struct, the fields in the order of their names:
//
//	kind apps/Deployment v1 apps/v1.Deployment
//	apps/v1.DeploymentSpec minReadySeconds:i paused:b replicas:*i selector:*meta/v1.LabelSelector strategy:!apps/v1.DeploymentStrategy
//
// A field is its name, a colon, and in this order, each if it applies:
//
//	!      written also when it is empty (neither omitempty, nor omitzero for a struct)
//	*      a pointer: absent and empty are told apart
//	[]     a list of what follows
//	{}     a map to what follows
//	s f b  a string, a number, a truth value
//	i l    a whole number of 32 bits, of 64 bits
//	q r    a quantity; one that is rounded up to thousandths
//	o      a number or a string
//	t      a time
//	?      anything: kept as it is
//	a/v1.B a struct that has a line
package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	extensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	aggregation "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// What has a form of its own in JSON.
var special = map[reflect.Type]string{
	reflect.TypeFor[resource.Quantity]():                "q",
	reflect.TypeFor[intstr.IntOrString]():               "o",
	reflect.TypeFor[metav1.Time]():                      "t",
	reflect.TypeFor[metav1.MicroTime]():                 "t",
	reflect.TypeFor[metav1.Duration]():                  "?",
	reflect.TypeFor[metav1.ManagedFieldsEntry]():        "?",
	reflect.TypeFor[runtime.RawExtension]():             "?",
	reflect.TypeFor[extensions.JSON]():                  "?",
	reflect.TypeFor[extensions.JSONSchemaPropsOrArray](): "?",
	reflect.TypeFor[extensions.JSONSchemaPropsOrBool]():  "?",
	reflect.TypeFor[extensions.JSONSchemaPropsOrStringArray](): "?",
	reflect.TypeFor[corev1.ResourceList]():              "{}r",
	reflect.TypeFor[[]byte]():                           "s",
}

var lines = map[string]string{}

func main() {
	scheme := scheme.Scheme
	for _, add := range []func(*runtime.Scheme) error{extensions.AddToScheme, aggregation.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	kinds := map[string]string{}
	for kind, goType := range scheme.AllKnownTypes() {
		if !strings.HasPrefix(goType.PkgPath(), "k8s.io/") || !isObject(goType) {
			continue
		}
		best := newest(scheme, kind.Group, kind.Kind)
		if best != kind.Version {
			continue
		}
		name := kind.Group + "/" + kind.Kind
		kinds[name] = fmt.Sprintf("kind %s %s %s", name, kind.Version, structure(goType))
	}
	fmt.Println("# Extracted by extract.go, which explains the notation; not to be edited. See NOTICE.")
	for _, table := range []map[string]string{kinds, lines} {
		names := []string{}
		for name := range table {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			fmt.Println(table[name])
		}
	}
}

// Whether it is what is stored, not a list, and no body of a subresource.
func isObject(t reflect.Type) bool {
	field, found := t.FieldByName("ObjectMeta")
	if !found || !field.Anonymous {
		return false
	}
	name := t.Name()
	for _, review := range []string{"Review", "Eviction", "Binding", "Scale", "TokenRequest", "PodStatusResult"} {
		if name == review || review == "Review" && strings.HasSuffix(name, review) {
			return false
		}
	}
	return true
}

// The version that people write: the highest one without alpha and beta. Kinds that have none are left out.
func newest(scheme *runtime.Scheme, group, kind string) string {
	best := ""
	for known := range scheme.AllKnownTypes() {
		stable := !strings.Contains(known.Version, "alpha") && !strings.Contains(known.Version, "beta")
		if known.Group == group && known.Kind == kind && stable && known.Version > best {
			best = known.Version
		}
	}
	return best
}

func structure(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	name := strings.Join(parts[len(parts)-2:], "/") + "." + t.Name()
	if _, done := lines[name]; done {
		return name
	}
	lines[name] = name
	fields := map[string]string{}
	collect(t, fields)
	names := []string{}
	for field := range fields {
		names = append(names, field)
	}
	sort.Strings(names)
	for _, field := range names {
		lines[name] += " " + field + ":" + fields[field]
	}
	return name
}

func collect(t reflect.Type, fields map[string]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		options := strings.Split(field.Tag.Get("json"), ",")
		name, options := options[0], options[1:]
		switch {
		case name == "-" || !field.IsExported():
		case name == "" && field.Anonymous:
			embedded := field.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			collect(embedded, fields)
		default:
			fields[name] = mark(field.Type, options) + place(field.Type)
		}
	}
}

func mark(t reflect.Type, options []string) string {
	has := func(option string) bool {
		for _, o := range options {
			if o == option {
				return true
			}
		}
		return false
	}
	switch {
	case has("omitzero"):
		return ""
	case t.Kind() == reflect.Struct || !has("omitempty"):
		return "!"
	}
	return ""
}

func place(t reflect.Type) string {
	if text, found := special[t]; found {
		return text
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + place(t.Elem())
	case reflect.Slice:
		return "[]" + place(t.Elem())
	case reflect.Map:
		return "{}" + place(t.Elem())
	case reflect.Struct:
		return structure(t)
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Float32, reflect.Float64:
		return "f"
	case reflect.Interface:
		return "?"
	case reflect.Int, reflect.Int64:
		return "l"
	case reflect.Int32:
		return "i"
	default:
		panic("a number of an unknown width: " + t.String())
	}
}
