# METADATA
# title: Processes cannot gain privileges
# description: |
#   A program with the set-user-ID bit, such as `sudo` or `mount`, gives who runs it the rights of its owner, mostly root.
#   `allowPrivilegeEscalation: false` takes that from all processes of a container (the kernel's `no_new_privs`), so that
#   an attacker stays the user that the service runs as.
#
#   Every container must say false: containers, init containers, sidecars and ephemeral containers. Nothing and null count
#   as true, as in Kubernetes. A privileged container is reported, and so is one that adds the capability `SYS_ADMIN` or
#   all of them: Kubernetes takes escalation as allowed there.
#   Pods that say `spec.os.name: windows` are not judged: the API forbids the field there.
#
#   **Fix.** Where nothing is said, the container gets false; a true that somebody wrote stays, and stays a finding.
#   Privileged containers and those with `SYS_ADMIN` are left as they are, since the API server refuses false beside
#   `privileged: true` and `CAP_SYS_ADMIN`. Of a Pod that exists, at most the ephemeral containers that a request adds are
#   changed.
#   The fix is unsafe: a container that uses `sudo` or another set-user-ID program fails under it.
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#     description: Security contexts of Pods and containers
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
#     description: Pod Security Standards, level restricted
# custom:
#   platlint:
#     severity: high
#     level: "off"
#     match:
#       kinds:
#         - {groups: [""], kinds: [Pod, PodTemplate, ReplicationController]}
#         - {groups: [apps], kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]}
#         - {groups: [extensions], kinds: [Deployment, DaemonSet, ReplicaSet]}
#         - {groups: [batch], kinds: [Job, CronJob]}
#         - {groups: [argoproj.io], kinds: [Rollout]}
#         - {groups: [serving.knative.dev], kinds: [Service, Configuration, Revision]}
#     remedy: >-
#       Write `allowPrivilegeEscalation: false` under the container's securityContext, and drop what needs more.
#     examples:
#       - title: No escalation
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
#                   allowPrivilegeEscalation: false
#     fix: unsafe
package platlint.security.privilege_escalation

import data.platlint.lib.containers
import data.platlint.lib.fields
import data.platlint.lib.pods

place := ["securityContext", "allowPrivilegeEscalation"]

# Capabilities with which a process gains all others, as Kubernetes and as runtimes spell them.
administrative := {"ALL", "CAP_SYS_ADMIN", "SYS_ADMIN"}

deny contains {"msg": message, "path": path} if {
	some container in escalating
	spec = container.spec
	not states_something(spec)
	title = containers.title(container, "name")
	message = sprintf("%s does not forbid its processes to gain privileges", [title])
	path = array.concat(container.path, place)
}

deny contains {"msg": message, "path": path} if {
	some container in escalating
	spec = container.spec
	states_something(spec)
	title = containers.title(container, "name")
	message = sprintf("%s allows its processes to gain privileges", [title])
	path = array.concat(container.path, place)
}

deny contains {"msg": message, "path": path} if {
	some container in judged
	spec = container.spec
	containers.is_privileged(spec)
	title = containers.title(container, "name")
	message = sprintf("%s is privileged, so that its processes can gain privileges", [title])
	path = array.concat(container.path, ["securityContext", "privileged"])
}

deny contains {"msg": message, "path": path} if {
	some container in judged
	spec = container.spec
	not containers.is_privileged(spec)
	some index, capability in administrative_capabilities(spec)
	not is_harmless(spec, capability)
	title = containers.title(container, "name")
	message = sprintf("%s adds the capability \"%s\", with which processes can gain privileges", [title, capability])
	path = array.concat(container.path, ["securityContext", "capabilities", "add", index])
}

patch contains {"op": "set", "path": path, "value": false} if {
	some container in escalating
	spec = container.spec
	not states_something(spec)
	review = input.review
	pods.may_change(review, container)
	context = fields.map_at(spec, "securityContext")
	is_object(context)
	path = array.concat(container.path, place)
}

judged contains container if {
	some container in input.containers
	pod = input.pods[container.pod].spec
	not pods.on_windows(pod)
}

# Containers that would be confined if they said false, and do not.
escalating contains container if {
	some container in judged
	spec = container.spec
	not containers.is_privileged(spec)
	administrative_capabilities(spec) == {}
	not forbids(spec)
}

states_something(spec) if {
	value = spec.securityContext.allowPrivilegeEscalation
	value != null
}

forbids(spec) if spec.securityContext.allowPrivilegeEscalation == false

# administrative_capabilities are the capabilities of that kind that a container adds, by their index.
administrative_capabilities(spec) := found if {
	found = {index: capability |
		some added in [spec]
		list = added.securityContext.capabilities.add
		is_array(list)
		some index, capability in list
		is_string(capability)
		administrative[upper(capability)]
	}
}

# The API server takes false beside SYS_ADMIN, and the kernel obeys; only with the runtimes' spelling it refuses it.
is_harmless(spec, capability) if {
	forbids(spec)
	capability != "CAP_SYS_ADMIN"
}
