# METADATA
# title: Pods and when they change
# description: Tells Pods to which the API forbids fields of Linux, and what of a Pod a patch may still change.
package platlint.lib.pods

# on_windows holds for the spec of a Pod that says it runs on Windows. There the API server refuses the fields that
# confine processes on Linux.
on_windows(spec) if spec.os.name == "windows"

# Kinds whose Pods cannot be changed once they exist: an update that tries is refused.
settled_kinds := {
	"": {"Pod"},
	"batch": {"Job"},
	"serving.knative.dev": {"Revision"},
}

is_settled(review) if {
	review.operation == "UPDATE"
	settled_kinds[review.kind.group][review.kind.kind]
}

# may_change holds for a container whose fields a patch may set: in a Pod that exists, only for ephemeral containers
# that this very request adds.
may_change(review, _) if not is_settled(review)

may_change(review, container) if {
	review.kind.group == ""
	review.kind.kind == "Pod"
	container.type == "ephemeral"
	before = review.oldObject
	is_object(before)
	name = container.name
	not was_there(before, name)
}

was_there(before, name) if {
	containers = before.spec.ephemeralContainers
	is_array(containers)
	some container in containers
	container.name == name
}
