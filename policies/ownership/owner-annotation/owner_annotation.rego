# METADATA
# title: Everything that runs names its owner
# description: |
#   When something fails at night, costs too much or must be patched, someone has to be found. The owner stands where the
#   object is written: in the annotation `owner` (parameter `annotation`) of Kubernetes objects, and in `spec.owner` of
#   catalog entities, where Backstage looks for it.
#
#   Judged are Namespace, Service, Ingress, workloads (Deployment, StatefulSet, DaemonSet, ReplicaSet,
#   ReplicationController, Job, CronJob, Pod, Argo Rollout, Knative Service), Argo CD Application and ApplicationSet,
#   and claims of Crossplane whose definition is known: kinds under `spec.claimNames` of a CompositeResourceDefinition,
#   and namespaced composite resources of Crossplane 2. The parameter `extraKinds` adds more. Objects that a controller
#   made (Pods of a ReplicaSet, Jobs of a CronJob) are not judged, since their author cannot annotate them.
#   Annotations of a Pod template do not count: they name no owner of the workload.
#
#   A blank owner is none, invisible characters included, and neither is a placeholder such as `TODO` or `<team>`.
#   Where a catalog is known, the owner must be a Group or User in it: `team-a` means `group:default/team-a`, in an entity
#   the group of the entity's own namespace; `user:jane` means a person. A mail address is no such reference.
#   For an entity, the message names the nearest owner that exists; without a catalog, a name that no entity can have is told,
#   and catalog-reference says that an owner which is not among the files is not decided.
#   Skeletons of software templates, whose owner is `${{ … }}`, are not decided.
#
#   **Fix.** Where the annotation is missing, it is copied from the object's Namespace, if that is known and names an owner
#   there. The fix is safe: nothing that runs is changed.
# related_resources:
#   - ref: https://backstage.io/docs/features/software-catalog/descriptor-format
#     description: spec.owner of catalog entities
#   - ref: https://backstage.io/docs/features/software-catalog/references
#     description: How entity references are written
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [""], kinds: [Namespace]}
#         - {groups: ["*"], kinds: ["*"], scope: Namespaced}
#     parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         annotation:
#           description: The annotation that names the owner.
#           type: string
#           minLength: 1
#           default: owner
#         extraKinds:
#           description: Further kinds that need the annotation, of objects in namespaces. The core group is written "".
#           type: array
#           items:
#             type: object
#             additionalProperties: false
#             required: [group, kind]
#             properties:
#               group: {type: string}
#               kind: {type: string, minLength: 1}
#           default: []
#         controlled:
#           description: >-
#             Kinds that are not judged where a controller made them: in a file, by an owner reference with controller
#             true; in the cluster, where it is proved that one did. Add Deployment and Service where operators such as
#             Knative make those.
#           type: array
#           items: {type: string, minLength: 1}
#           default: [Pod, ReplicaSet, Job]
#         placeholders:
#           description: >-
#             Values that name nobody, in lower case: owners are compared without regard to case and surrounding white
#             space.
#           type: array
#           items: {type: string, pattern: "^[^A-Z]+$"}
#           default:
#             - todo
#             - tbd
#             - tba
#             - fixme
#             - xxx
#             - changeme
#             - change-me
#             - change_me
#             - replaceme
#             - replace-me
#             - placeholder
#             - unknown
#             - undefined
#             - unassigned
#             - unowned
#             - none
#             - nobody
#             - "null"
#             - nil
#             - n/a
#             - na
#             - owner
#             - example
#             - my-team
#             - your-team
#             - team-name
#     requires:
#       - catalog
#       - inventory:apiextensions.crossplane.io/v1/CompositeResourceDefinition
#       - inventory:apiextensions.crossplane.io/v2/CompositeResourceDefinition
#       - patch-inventory:v1/Namespace
#     settled: [owner]
#     remedy: >-
#       Name the team that answers for it: `metadata.annotations.owner: team-a`, or `spec.owner: team-a` in a catalog
#       entity.
#     examples:
#       - title: A workload
#         bad: |
#           apiVersion: v1
#           kind: Namespace
#           metadata:
#             name: shop
#         good: |
#           apiVersion: v1
#           kind: Namespace
#           metadata:
#             name: shop
#             annotations:
#               owner: team-shop
#       - title: A catalog entity
#         bad: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata: {name: cart}
#           spec: {type: service, lifecycle: production, owner: TODO}
#         good: |
#           apiVersion: backstage.io/v1alpha1
#           kind: Component
#           metadata: {name: cart}
#           spec: {type: service, lifecycle: production, owner: team-shop}
#     fix: safe
package platlint.ownership.owner_annotation

import data.platlint.lib.fields

annotated_kinds := {
	"": {"Namespace", "Pod", "ReplicationController", "Service"},
	"apps": {"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"},
	"argoproj.io": {"Application", "ApplicationSet", "Rollout"},
	"batch": {"CronJob", "Job"},
	"extensions": {"DaemonSet", "Deployment", "Ingress", "ReplicaSet"},
	"networking.k8s.io": {"Ingress"},
	"serving.knative.dev": {"Service"},
}

entity_kinds := {
	"backstage.io": {"API", "AiResource", "Component", "Domain", "Resource", "System"},
	"scaffolder.backstage.io": {"Template"},
}

# Characters that show nothing: white space, zero-width and other format characters, and letters that are drawn empty.
# Spelt out, since built-ins of different engines do not agree on what white space is.
invisible := "\t\n\r\u000b\u000c \u0085\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u2800\u3000\u3164\ufeff\uffa0"

# The same with signs: a value of nothing else names nobody.
meaningless := "\t\n\r\u000b\u000c \u0085\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u2800\u3000\u3164\ufeff\uffa0!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u2010\u2011\u2012\u2013\u2014\u2015\u2026\u30fb"

# Most objects end at the first line: nothing of them is judged, or an entity's owner is known to exist.
deny contains mistake if {
	some _ in judged
	some mistake in mistakes
}

undecided contains point if {
	some _ in judged
	some point in open_points
}

mistakes contains {"msg": message, "path": path} if {
	some owner in judged
	path = owner.path
	not is_stated(path)
	message = sprintf("%s names no owner: %s is missing", [input.review.kind.kind, owner.field])
}

mistakes contains {"msg": message, "path": path} if {
	some owner in stated
	value = owner.value
	not is_string(value)
	entity = owner.entity
	not is_filled_later(entity, value)
	message = sprintf("%s must be a string that names the owner", [owner.field])
	path = owner.path
}

mistakes contains {"msg": message, "path": path} if {
	some owner in stated
	value = owner.value
	is_string(value)
	not is_legible(value)
	message = sprintf("%s is blank: it names no owner", [owner.field])
	path = owner.path
}

mistakes contains {"msg": message, "path": path} if {
	some owner in named
	name = owner.name
	is_placeholder(name)
	message = sprintf("%s is the placeholder \"%s\": it names no owner", [owner.field, owner.value])
	path = owner.path
}

mistakes contains {"msg": message, "path": path} if {
	some owner in named
	owner.entity
	name = owner.name
	not is_placeholder(name)
	reference = owner.reference
	is_of_other_kind(reference)
	message = sprintf("%s is \"%s\", but only a Group or a User can own something", [owner.field, owner.value])
	path = owner.path
}

mistakes contains {"msg": message, "path": path} if {
	some owner in named
	owner.entity
	name = owner.name
	not is_placeholder(name)
	reference = owner.reference
	not is_of_other_kind(reference)
	input.platform.owner.problem
	message = sprintf("%s is \"%s\", but no Group or User can have such a name", [owner.field, owner.value])
	path = owner.path
}

mistakes contains {"msg": message, "path": path} if {
	entities = data.catalog.entities
	some owner in named
	name = owner.name
	not is_placeholder(name)
	entity = owner.entity
	reference = owner.reference
	not is_entity_of_other_kind(entity, reference)
	namespace = owner.namespace
	not is_known(entities, namespace, reference)
	not is_sample(name)
	hints = [hint |
		some key in ["owner"]
		entity
		meant = input.platform[key].suggestion
		hint = sprintf("; did you mean \"%s\"?", [meant])
	]
	end = concat("", hints)
	message = sprintf("%s is \"%s\", which is no Group or User in the catalog%s", [owner.field, owner.value, end])
	path = owner.path
}

open_points contains {"reason": reason, "path": path} if {
	some owner in stated
	entity = owner.entity
	value = owner.value
	is_filled_later(entity, value)
	reason = sprintf("%s is filled in later, by the software template or from another file", [owner.field])
	path = owner.path
}

# The owner of the object's Namespace, if nothing would be wrong with it here.
patch contains {"op": "set", "path": path, "value": owner} if {
	some place in judged
	place.entity == false
	path = place.path
	not is_stated(path)
	metadata = fields.map_at(input.review.object, "metadata")
	annotations = fields.map_at(metadata, "annotations")
	is_object(annotations)
	namespace = input.review.namespace
	annotation = input.parameters.annotation
	owner = data.inventory.cluster.v1.Namespace[namespace].metadata.annotations[annotation]
	is_string(owner)
	is_legible(owner)
	name = lower(trim(owner, invisible))
	not is_placeholder(name)
	not is_unknown(name)
}

is_unknown(name) if {
	entities = data.catalog.entities
	not is_known(entities, "default", name)
}

# The places where this object must name its owner. Empty for what is not judged.
judged contains {"path": path, "field": field, "entity": false} if {
	is_annotated
	not made_by_controller
	annotation = input.parameters.annotation
	field = sprintf("annotation \"%s\"", [annotation])
	path = ["metadata", "annotations", annotation]
}

judged contains {"path": ["spec", "owner"], "field": "spec.owner", "entity": true} if {
	group = input.review.kind.group
	kind = input.review.kind.kind
	entity_kinds[group][kind]
	not owner_is_settled
}

# The owner exists, and is a Group or a User: there is nothing to say of it, unless it stands for nobody here.
owner_is_settled if {
	"owner" in input.platform.settled
	name = lower(input.review.object.spec.owner)
	not is_placeholder(name)
}

# The same, with the value that stands there, and the namespace in which Backstage would look for it.
stated contains {"path": path, "field": field, "entity": false, "namespace": "default", "value": value} if {
	some owner in judged
	owner.entity == false
	annotation = input.parameters.annotation
	value = input.review.object.metadata.annotations[annotation]
	value != null
	path = owner.path
	field = owner.field
}

stated contains {"path": path, "field": field, "entity": true, "namespace": namespace, "value": value} if {
	some owner in judged
	owner.entity
	value = input.review.object.spec.owner
	value != null
	namespace = entity_namespace
	path = owner.path
	field = owner.field
}

# The same, for values that are more than blank, with what can be seen of them, in lower case, as the name. The reference is
# what is looked up: of entities the whole text, since the portal takes white space for a part of it.
named contains {
	"path": path,
	"field": field,
	"entity": entity,
	"namespace": namespace,
	"value": value,
	"name": name,
	"reference": reference,
} if {
	some owner in stated
	value = owner.value
	is_string(value)
	is_legible(value)
	entity = owner.entity
	not is_filled_later(entity, value)
	name = lower(trim(value, invisible))
	whole = lower(value)
	choices = [text |
		some choice in [[true, whole], [false, name]]
		choice[0] == entity
		text = choice[1]
	]
	reference = choices[0]
	path = owner.path
	field = owner.field
	namespace = owner.namespace
}

is_stated(path) if {
	some owner in stated
	owner.path == path
}

entity_namespace := namespace if {
	written = [name |
		some field in ["namespace"]
		value = input.review.object.metadata[field]
		is_string(value)
		name = lower(value)
	]
	namespace = array.concat(written, ["default"])[0]
}

is_annotated if {
	group = input.review.kind.group
	kind = input.review.kind.kind
	annotated_kinds[group][kind]
}

is_annotated if {
	some extra in input.parameters.extraKinds
	extra.kind == input.review.kind.kind
	extra.group == input.review.kind.group
}

# Entities name their owner in their spec, whoever defines the kind.
is_annotated if {
	group = input.review.kind.group
	kind = input.review.kind.kind
	not entity_kinds[group][kind]
	is_claim
}

# Crossplane up to 1: the kind that users write stands under claimNames.
is_claim if {
	some version in ["apiextensions.crossplane.io/v1", "apiextensions.crossplane.io/v2"]
	some definition in data.inventory.cluster[version].CompositeResourceDefinition
	definition.spec.claimNames.kind == input.review.kind.kind
	definition.spec.group == input.review.kind.group
}

# Crossplane 2 has no claims: users write the composite resource itself, which is namespaced unless said otherwise.
is_claim if {
	some definition in data.inventory.cluster["apiextensions.crossplane.io/v2"].CompositeResourceDefinition
	definition.spec.names.kind == input.review.kind.kind
	definition.spec.group == input.review.kind.group
	not is_scoped_to_cluster(definition)
}

is_scoped_to_cluster(definition) if {
	scope = definition.spec.scope
	is_string(scope)
	scope != "Namespaced"
}

made_by_controller if {
	has_controller
	kind = input.review.kind.kind
	kind in input.parameters.controlled
}

made_by_controller if {
	has_controller
	is_claim
}

has_controller if {
	some controller in input.review.controllers
	is_object(controller)
}

is_legible(value) if {
	meaning = trim(value, meaningless)
	meaning != ""
}

is_placeholder(name) if {
	name in input.parameters.placeholders
}

# What templating left behind, and words in angle brackets.
is_placeholder(name) if contains(name, "{{")

is_placeholder(name) if contains(name, "${")

is_placeholder(name) if contains(name, "$(")

is_placeholder(name) if {
	startswith(name, "<")
	endswith(name, ">")
}

# In catalog entities only: they are also written as skeletons of software templates, and may take text from files.
# A Kubernetes object that holds such text has been forgotten by some tool.
is_filled_later(entity, value) if {
	entity
	is_string(value)
	contains(value, "${{")
}

is_filled_later(entity, value) if {
	entity
	is_object(value)
	some key in ["$text", "$json", "$yaml"]
	source = value[key]
	is_string(source)
}

# What stands in a rendered skeleton for the owner that a person would choose.
is_sample(name) if contains(name, "platlint-sample")

is_of_other_kind(name) if {
	contains(name, ":")
	not startswith(name, "group:")
	not startswith(name, "user:")
}

is_entity_of_other_kind(entity, name) if {
	entity
	is_of_other_kind(name)
}

# Entity references are [kind:][namespace/]name, case does not matter, and owners are Groups unless said otherwise.
is_known(entities, namespace, name) if {
	prefixes = [prefix |
		some prefix in ["group:", "user:"]
		startswith(name, prefix)
	]
	kind = array.concat(prefixes, ["group:"])[0]
	steps = split(trim_prefix(name, kind), "/")
	implied = [step |
		some step in [namespace]
		count(steps) == 1
	]
	full_name = concat("/", array.concat(implied, steps))
	reference = concat("", [kind, full_name])
	entity = entities[reference]
	entity != null
}
