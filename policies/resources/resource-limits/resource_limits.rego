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
package platlint.resources.resource_limits

import data.platlint.lib.containers
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

missing_limits contains {"msg": message, "path": path, "resource": resource} if {
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
