# METADATA
# title: Containers run under a seccomp profile
# description: |
#   A process that has been taken over attacks the kernel next, and most attacks need system calls that services never
#   make. The container runtime's own profile, `RuntimeDefault`, refuses those; Kubernetes applies it only where it is
#   asked for.
#
#   Every container needs a profile of type `RuntimeDefault` or `Localhost`: its own, or that of its Pod. `Unconfined`
#   is reported where it is written. A privileged container is reported, too, since it runs unconfined whatever its
#   profile says. Pods that say `spec.os.name: windows` are not judged: the API forbids the field there.
#   The annotations of Kubernetes before 1.27 (`seccomp.security.alpha.kubernetes.io/…`) do nothing today and do not count.
#
#   **Fix.** Where a container has no profile and its Pod says nothing, the Pod gets `RuntimeDefault`. In kinds of Knative,
#   which takes the field only at containers, each of these gets it. Of a Pod that exists, at most the ephemeral containers
#   that a request adds are changed. What somebody wrote stays, `Unconfined` included; an exemption of a single container
#   does not keep the Pod's profile from it, so that one which must run without it has to say `Unconfined`.
#   The fix is unsafe: a program that needs one of the refused system calls (a debugger, a browser's own sandbox,
#   databases that use io_uring) fails under it.
# related_resources:
#   - ref: https://kubernetes.io/docs/tutorials/security/seccomp/
#     description: Seccomp profiles in Kubernetes
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
#     remedy: >-
#       Write `securityContext: {seccompProfile: {type: RuntimeDefault}}` under the Pod's spec, or at the container.
#     examples:
#       - title: The runtime's profile for the whole Pod
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
#             securityContext:
#               seccompProfile: {type: RuntimeDefault}
#             containers:
#               - name: web
#                 image: registry.example/web:1.4
#     fix: unsafe
package platlint.security.seccomp_profile

import data.platlint.lib.containers
import data.platlint.lib.fields
import data.platlint.lib.pods

confining := {"Localhost", "RuntimeDefault"}

place := ["securityContext", "seccompProfile", "type"]

deny contains {"msg": message, "path": path} if {
	some pod in input.pods
	spec = pod.spec
	not pods.on_windows(spec)
	states_profile(spec)
	not is_confined(spec)
	written = fields.shown(spec.securityContext.seccompProfile.type)
	message = sprintf("the Pod's seccomp profile is of type %s, which confines nothing", [written])
	path = array.concat(pod.path, array.concat(["spec"], place))
}

deny contains {"msg": message, "path": path} if {
	some container in judged
	spec = container.spec
	states_profile(spec)
	not is_confined(spec)
	title = containers.title(container, "name")
	written = fields.shown(spec.securityContext.seccompProfile.type)
	message = sprintf("the seccomp profile of %s is of type %s, which confines nothing", [title, written])
	path = array.concat(container.path, place)
}

deny contains {"msg": message, "path": path} if {
	some container in unconfined
	title = containers.title(container, "name")
	message = sprintf("%s has no seccomp profile, nor has its Pod", [title])
	path = array.concat(container.path, place)
}

deny contains {"msg": message, "path": path} if {
	some container in input.containers
	pod = input.pods[container.pod].spec
	not pods.on_windows(pod)
	spec = container.spec
	containers.is_privileged(spec)
	title = containers.title(container, "name")
	message = sprintf("%s is privileged, so that no seccomp profile applies to it", [title])
	path = array.concat(container.path, ["securityContext", "privileged"])
}

patch contains {"op": "set", "path": path, "value": "RuntimeDefault"} if {
	not is_set_at_containers
	some container in unconfined
	pod = input.pods[container.pod]
	spec = pod.spec
	says_nothing(spec)
	path = array.concat(pod.path, array.concat(["spec"], place))
}

patch contains {"op": "set", "path": path, "value": "RuntimeDefault"} if {
	is_set_at_containers
	some container in unconfined
	review = input.review
	pods.may_change(review, container)
	spec = container.spec
	says_nothing(spec)
	path = array.concat(container.path, place)
}

# Pods that exist, and Knative, which takes the field at the Pod only where its operators allow it.
is_set_at_containers if {
	review = input.review
	pods.is_settled(review)
}

is_set_at_containers if input.review.kind.group == "serving.knative.dev"

# Containers whose own word decides.
judged contains container if {
	some container in input.containers
	pod = input.pods[container.pod].spec
	not pods.on_windows(pod)
	spec = container.spec
	not containers.is_privileged(spec)
}

# Containers for which nobody says anything.
unconfined contains container if {
	some container in judged
	spec = container.spec
	not states_profile(spec)
	pod = input.pods[container.pod].spec
	not states_profile(pod)
}

# These read the spec of a Pod and that of a container, which have the field at the same place.
states_profile(spec) if {
	type = spec.securityContext.seccompProfile.type
	type != null
}

is_confined(spec) if {
	type = spec.securityContext.seccompProfile.type
	confining[type]
}

# says_nothing holds where a profile can be set: there is none, and no part of one.
says_nothing(spec) if {
	context = fields.map_at(spec, "securityContext")
	profile = fields.map_at(context, "seccompProfile")
	stated = [key |
		some key, value in profile
		value != null
	]
	stated == []
}
