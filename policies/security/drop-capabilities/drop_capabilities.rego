# METADATA
# title: Containers drop all capabilities
# description: |
#   A container runtime gives every container a dozen rights of root: to change the owner of any file, to act as any user,
#   to forge network packets. Most services need none of them, and each is a step for an attacker. A container drops
#   `ALL` and adds back what it needs.
#
#   Every container must have `ALL` under `capabilities.drop`, written so, and may add what the parameter `allowedAdd`
#   names: containers, init containers, sidecars and ephemeral containers. A privileged container is reported, since
#   it is given every capability.
#   Pods that say `spec.os.name: windows` are not judged: the API forbids the field there.
#
#   **Fix.** `ALL` is added to what the container drops. What it adds stays, and stays a finding; a container that adds
#   `ALL` and a privileged one are left as they are, since whoever wrote that wanted the opposite. Of a Pod that exists, at
#   most the ephemeral containers that a request adds are changed.
#   The fix is unsafe: a program that starts as root and changes users, owners of files or ports below 1024 fails without
#   its capabilities.
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#set-capabilities-for-a-container
#     description: Capabilities of containers
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
#     description: Pod Security Standards, level restricted
# custom:
#   platlint:
#     severity: medium
#     level: "off"
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
#         allowedAdd:
#           description: Capabilities that a container may add, without the prefix `CAP_`.
#           type: array
#           items: {type: string, pattern: "^[A-Z_]+$"}
#           uniqueItems: true
#           default: [NET_BIND_SERVICE]
#     remedy: >-
#       Write `capabilities: {drop: [ALL]}` under the container's securityContext. A service that listens on a port below
#       1024 adds `NET_BIND_SERVICE`.
#     examples:
#       - title: No capabilities
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
#                 securityContext:
#                   capabilities: {drop: [ALL]}
#     fix: unsafe
package platlint.security.drop_capabilities

import data.platlint.lib.containers
import data.platlint.lib.fields
import data.platlint.lib.pods

place := ["securityContext", "capabilities"]

deny contains {"msg": message, "path": path} if {
	some container in keeping
	title = containers.title(container, "name")
	message = sprintf("%s does not drop all capabilities", [title])
	path = array.concat(container.path, array.concat(place, ["drop"]))
}

deny contains {"msg": message, "path": path} if {
	some container in judged
	added = container.spec.securityContext.capabilities.add
	is_array(added)
	some index, capability in added
	not is_allowed(capability)
	title = containers.title(container, "name")
	written = fields.shown(capability)
	message = sprintf("%s adds the capability %s, which is not allowed", [title, written])
	path = array.concat(container.path, array.concat(place, ["add", index]))
}

deny contains {"msg": message, "path": path} if {
	some container in judged
	added = container.spec.securityContext.capabilities.add
	added != null
	not is_array(added)
	title = containers.title(container, "name")
	message = sprintf("what %s adds is no list of capabilities", [title])
	path = array.concat(container.path, array.concat(place, ["add"]))
}

deny contains {"msg": message, "path": path} if {
	some container in input.containers
	pod = input.pods[container.pod].spec
	not pods.on_windows(pod)
	spec = container.spec
	containers.is_privileged(spec)
	title = containers.title(container, "name")
	message = sprintf("%s is privileged, so that it has every capability", [title])
	path = array.concat(container.path, ["securityContext", "privileged"])
}

patch contains {"op": "set", "path": path, "value": ["ALL"]} if {
	some container in changed
	capabilities = container.capabilities
	not fields.is_given(capabilities, "drop")
	path = array.concat(container.path, array.concat(place, ["drop"]))
}

patch contains {"op": "append", "path": path, "value": "ALL"} if {
	some container in changed
	dropped = container.capabilities.drop
	is_array(dropped)
	path = array.concat(container.path, array.concat(place, ["drop"]))
}

judged contains container if {
	some container in input.containers
	pod = input.pods[container.pod].spec
	not pods.on_windows(pod)
	spec = container.spec
	not containers.is_privileged(spec)
}

keeping contains container if {
	some container in judged
	spec = container.spec
	not drops_all(spec)
}

# Containers that get ALL, with what they say of capabilities.
changed contains {"path": path, "capabilities": capabilities} if {
	some container in keeping
	review = input.review
	pods.may_change(review, container)
	spec = container.spec
	not adds_all(spec)
	context = fields.map_at(spec, "securityContext")
	capabilities = fields.map_at(context, "capabilities")
	path = container.path
}

drops_all(spec) if {
	dropped = spec.securityContext.capabilities.drop
	is_array(dropped)
	"ALL" in dropped
}

adds_all(spec) if {
	added = spec.securityContext.capabilities.add
	is_array(added)
	some capability in added
	is_string(capability)
	upper(capability) == "ALL"
}

is_allowed(capability) if capability in input.parameters.allowedAdd
