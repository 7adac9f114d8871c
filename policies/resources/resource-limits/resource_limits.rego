# METADATA
# title: Containers have CPU and memory limits
# description: |
#   A container without limits can take all CPU and memory of its node. Its neighbours slow down or are evicted, and the
#   fault shows in services that did nothing wrong. Limits keep a fault where it arose, and they make the load of a node
#   predictable.
#
#   Containers, init containers and native sidecars are judged. Ephemeral containers are not, since the API forbids
#   resources on them. A limit counts where it is written at the container, or for the whole Pod in
#   `spec.resources.limits` (Kubernetes 1.34; CPU, memory and huge pages), or where a LimitRange of the same namespace
#   gives containers a default (its `max` is the default where it names none).
#   An amount of zero, a negative one and one that is no quantity do not limit anything; they are reported at the value.
#
#   Where neither the object's namespace nor that of a LimitRange in the same input is known, a missing limit is not
#   decided. Many teams refuse CPU limits with good reasons: set the parameter `resources` to `[memory]`.
#
#   **Fix.** With the parameter `defaults`, a container that lacks a limit gets the default one, and a container that lacks
#   both limit and request gets both; without a default request, the request equals the limit, as the API server would set
#   it. What is written stays: a request above the default limit becomes the limit, too, and a request that is missing
#   beside a written limit is left to the API server. Only resources named in `resources` are touched.
#   Nothing is changed where the Pod itself speaks of the resource in `spec.resources`, where a LimitRange of its
#   namespace does (for containers or Pods, in any way: what it demands is not reckoned with), in Pods that exist, and where
#   amounts cannot be compared exactly (finer than a thousandth, above some ten Ti, or with an exponent).
#   The fix is unsafe: a program that needs more than the default is slowed down or killed.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#     description: Requests and limits of containers and Pods
#   - ref: https://kubernetes.io/docs/concepts/policy/limit-range/
#     description: Defaults for a namespace
# custom:
#   platlint:
#     severity: medium
#     level: error
#     match:
#       kinds:
#         - {groups: [""], kinds: [Pod, PodTemplate, ReplicationController]}
#         - {groups: [apps], kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]}
#         - {groups: [extensions], kinds: [Deployment, DaemonSet, ReplicaSet]}
#         - {groups: [batch], kinds: [Job, CronJob]}
#         - {groups: [argoproj.io], kinds: [Rollout]}
#         - {groups: [serving.knative.dev], kinds: [Service, Configuration, Revision]}
#     parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         resources:
#           description: Resources that need a limit, such as cpu, memory or ephemeral-storage.
#           type: array
#           items: {type: string, minLength: 1}
#           uniqueItems: true
#           default: [cpu, memory]
#         defaults:
#           description: Amounts that a container gets by the fix where it says nothing; without them, nothing is changed.
#           type: object
#           additionalProperties: false
#           properties:
#             limits: &amounts
#               type: object
#               additionalProperties: false
#               properties:
#                 cpu: &amount
#                   type: [string, number]
#                   exclusiveMinimum: 0
#                   pattern: "^([0-9]*[1-9][0-9]*(\\.[0-9]+)?|[0-9]*\\.[0-9]*[1-9][0-9]*)([KMGT]i|[mkMGT])?$"
#                 memory: *amount
#                 ephemeral-storage: *amount
#             requests: *amounts
#     requires: ["inventory:v1/LimitRange"]
#     remedy: >-
#       Write the container's limit under resources.limits, such as `memory: 256Mi`, or give the namespace a LimitRange
#       with defaults.
#     examples:
#       - title: Limits at the container
#         bad: |
#           apiVersion: v1
#           kind: Pod
#           metadata: {name: web, namespace: shop}
#           spec:
#             containers:
#               - name: web
#                 image: registry.example/web:1.4
#         good: |
#           apiVersion: v1
#           kind: Pod
#           metadata: {name: web, namespace: shop}
#           spec:
#             containers:
#               - name: web
#                 image: registry.example/web:1.4
#                 resources:
#                   limits: {cpu: 500m, memory: 256Mi}
#     fix: unsafe
package platlint.resources.resource_limits

import data.platlint.lib.containers
import data.platlint.lib.fields
import data.platlint.lib.pods
import data.platlint.lib.quantities

limited_types := {"container", "init", "sidecar"}

# The resources that Kubernetes knows at the level of a whole Pod, besides huge pages.
pod_level := {"cpu", "memory"}

deny contains {"msg": message, "path": path} if {
	some missing in missing_limits
	not defaulted[missing.resource]
	not may_be_defaulted[missing.resource]
	message = missing.msg
	path = missing.path
}

deny contains {"msg": message, "path": path} if {
	not is_plainly_limited
	some container in input.containers
	limited_types[container.type]
	some resource in input.parameters.resources
	amount = container.spec.resources.limits[resource]
	amount != null
	not quantities.positive(amount)
	pod = container.pod
	not limited_by_pod(pod, resource)
	title = containers.title(container, "name")
	message = sprintf("the %s limit of %s is not an amount above zero, so nothing is limited", [resource, title])
	path = array.concat(container.path, ["resources", "limits", resource])
}

undecided contains {"reason": reason, "path": path} if {
	some missing in missing_limits
	may_be_defaulted[missing.resource]
	reason = sprintf("%s, unless a LimitRange applies: neither its namespace nor the object's is known", [missing.msg])
	path = missing.path
}

# What may stand behind the digits of a plain amount. Not taken from the library: a value of an imported package, unlike a
# function, costs the evaluation of all that the package holds.
plain_units := {"", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"}

# is_plainly_limited holds where every container states a plain amount for every resource, as most do. Nothing else is
# looked at then: the rule judges every Pod of a cluster.
is_plainly_limited if {
	amounts = [amount |
		some container in input.containers
		some resource in input.parameters.resources
		amount = container.spec.resources.limits[resource]
		is_string(amount)
		unit = trim_left(amount, "0123456789")
		plain_units[unit]
		unit != amount
		not startswith(amount, "0")
	]
	wanted = count(input.containers) * count(input.parameters.resources)
	count(amounts) == wanted
}

missing_limits contains {"msg": message, "path": path, "resource": resource} if {
	not is_plainly_limited
	some container in input.containers
	limited_types[container.type]
	some resource in input.parameters.resources
	spec = container.spec
	not states_limit(spec, resource)
	pod = container.pod
	not limited_by_pod(pod, resource)
	title = containers.title(container, "name")
	message = sprintf("%s has no %s limit", [title, resource])
	path = array.concat(container.path, ["resources", "limits", resource])
}

states_limit(container, resource) if {
	amount = container.resources.limits[resource]
	amount != null
}

limited_by_pod(pod, resource) if {
	pod_level[resource]
	amount = input.pods[pod].spec.resources.limits[resource]
	quantities.positive(amount)
}

limited_by_pod(pod, resource) if {
	startswith(resource, "hugepages-")
	amount = input.pods[pod].spec.resources.limits[resource]
	quantities.positive(amount)
}

# Resources for which the object's namespace gives containers a default limit.
defaulted contains resource if {
	namespace = input.review.namespace
	some range in data.inventory.namespace[namespace].v1.LimitRange
	items = range.spec.limits
	is_array(items)
	some item in items
	some resource in default_limits(item)
}

# The same, for LimitRanges of which it is unknown whether they stand in the object's namespace.
may_be_defaulted contains resource if {
	not namespace_known
	some range in data.inventory.unknown.v1.LimitRange
	items = range.spec.limits
	is_array(items)
	some item in items
	some resource in default_limits(item)
}

namespace_known if {
	namespace = input.review.namespace
	is_string(namespace)
}

# default_limits are the resources that an item of a LimitRange limits in containers that say nothing: those with a
# default, and those with a maximum, which Kubernetes takes as the default where there is none.
default_limits(item) := resources if {
	resources = {resource |
		some field in ["default", "max"]
		item.type == "Container"
		amounts = item[field]
		is_object(amounts)
		some resource, amount in amounts
		quantities.positive(amount)
	}
}

patch contains {"op": "set", "path": path, "value": amount} if {
	some unlimited in injected
	some field, amount in unlimited.amounts
	path = array.concat(unlimited.path, ["resources", field, unlimited.resource])
}

# What each container without a limit gets of a resource. The request is written already:
injected contains {"path": path, "resource": resource, "amounts": {"limits": limit}} if {
	some container in unlimited_containers
	resource = container.resource
	request = container.requests[resource]
	request != null
	limit = quantities.larger(input.parameters.defaults.limits[resource], request)
	path = container.path
}

# Both are missing, and both have a default:
injected contains {"path": path, "resource": resource, "amounts": {"limits": limit, "requests": request}} if {
	some container in unlimited_containers
	resource = container.resource
	requests = container.requests
	not fields.is_given(requests, resource)
	limit = input.parameters.defaults.limits[resource]
	request = quantities.smaller(input.parameters.defaults.requests[resource], limit)
	path = container.path
}

# Both are missing, and only the limit has a default:
injected contains {"path": path, "resource": resource, "amounts": {"limits": limit, "requests": limit}} if {
	some container in unlimited_containers
	resource = container.resource
	requests = container.requests
	not fields.is_given(requests, resource)
	limit = input.parameters.defaults.limits[resource]
	not has_default("requests", resource)
	path = container.path
}

# Both are missing, and only the request has a default:
injected contains {"path": path, "resource": resource, "amounts": {"requests": request}} if {
	some container in unlimited_containers
	resource = container.resource
	requests = container.requests
	not fields.is_given(requests, resource)
	request = input.parameters.defaults.requests[resource]
	not has_default("limits", resource)
	path = container.path
}

has_default(field, resource) if {
	amount = input.parameters.defaults[field][resource]
	amount != null
}

# Containers and resources for which nobody says a limit, so that one may be set, with what the container requests.
unlimited_containers contains {"path": path, "resource": resource, "requests": requests} if {
	some container in input.containers
	limited_types[container.type]
	review = input.review
	pods.may_change(review, container)
	some resource in input.parameters.resources
	overcommitted[resource]
	not ranged[resource]
	not may_be_ranged[resource]
	pod = container.pod
	not pod_speaks_of(pod, resource)
	amounts = fields.map_at(container.spec, "resources")
	limits = fields.map_at(amounts, "limits")
	not fields.is_given(limits, resource)
	requests = fields.map_at(amounts, "requests")
	path = container.path
}

# Resources whose limit may differ from the request.
overcommitted := {"cpu", "memory", "ephemeral-storage"}

pod_speaks_of(pod, resource) if {
	some field in ["limits", "requests"]
	amount = input.pods[pod].spec.resources[field][resource]
	amount != null
}

# Resources of which a LimitRange in the object's namespace says anything.
ranged contains resource if {
	namespace = input.review.namespace
	some range in data.inventory.namespace[namespace].v1.LimitRange
	items = range.spec.limits
	is_array(items)
	some item in items
	some resource in resources_of(item)
}

# The same, for LimitRanges of which it is unknown whether they stand in the object's namespace.
may_be_ranged contains resource if {
	not namespace_known
	some range in data.inventory.unknown.v1.LimitRange
	items = range.spec.limits
	is_array(items)
	some item in items
	some resource in resources_of(item)
}

resources_of(item) := resources if {
	resources = {resource |
		some field in ["default", "defaultRequest", "max", "maxLimitRequestRatio", "min"]
		ranged_types[item.type]
		amounts = item[field]
		is_object(amounts)
		some resource, _ in amounts
	}
}

ranged_types := {"Container", "Pod"}
