# METADATA
# title: Pods hold no ServiceAccount token unless they say so
# description: |
#   Kubernetes puts a token of the Pod's ServiceAccount into every container, and who reads that file can call the API
#   with all the account may do. Most services never call it. `automountServiceAccountToken: false` leaves the token out.
#
#   Each Pod must say whether it gets one. False is right; true is a decision that somebody made and that a reviewer
#   sees, and is accepted unless `allowExplicit` is false. A Pod that says nothing is reported, also where its ServiceAccount
#   says false: accounts are not looked up, and a Pod may be given another one. Mirror Pods, which get no token, are not
#   judged.
#
#   Pods that name another ServiceAccount than `default` may have been given it to call the API; what is done where they
#   say nothing is decided by `namedAccounts`: `report` them, but change nothing; `fix` them like the others; `allow` them.
#
#   **Fix.** A Pod that says nothing gets false. In a cluster the token's volume is then there already, added before
#   any webhook is asked; the volume (`kube-api-access-…`) and its mounts are removed with it. A Pod that exists is not
#   changed. The fix is unsafe: a program that calls the API with a right given to the account fails without the token.
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting
#     description: Opting out of the token
#   - ref: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume
#     description: The volume that holds it
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
#         allowExplicit:
#           description: Whether a Pod may say `automountServiceAccountToken` true.
#           type: boolean
#           default: true
#         namedAccounts:
#           description: >-
#             What is done with a Pod that says nothing and names another ServiceAccount than `default`: `report` gives a
#             finding, `fix` lets it be changed, too, and `allow` accepts it.
#           type: string
#           enum: [report, fix, allow]
#           default: report
#     remedy: >-
#       Write `automountServiceAccountToken: false` under the Pod's spec, or true if the program calls the Kubernetes API.
#     examples:
#       - title: A service that does not call the API
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
#             automountServiceAccountToken: false
#             containers:
#               - name: web
#                 image: registry.example/web:1.4
#     fix: unsafe
package platlint.security.service_account_token

import data.platlint.lib.fields
import data.platlint.lib.pods

field := "automountServiceAccountToken"

deny contains {"msg": message, "path": path} if {
	some pod in silent
	not is_left_alone(pod)
	message = sprintf("the Pod does not say whether it gets a token of ServiceAccount \"%s\"", [pod.account])
	path = array.concat(pod.path, ["spec", field])
}

deny contains {"msg": message, "path": path} if {
	some pod in judged
	pod.spec[field] == true
	input.parameters.allowExplicit == false
	account = account_of(pod.spec)
	message = sprintf("the Pod asks for a token of ServiceAccount \"%s\"", [account])
	path = array.concat(pod.path, ["spec", field])
}

deny contains {"msg": message, "path": path} if {
	some pod in judged
	value = pod.spec[field]
	value != null
	not is_boolean(value)
	message = sprintf("%s is neither true nor false", [field])
	path = array.concat(pod.path, ["spec", field])
}

patch contains {"op": "set", "path": path, "value": false} if {
	some pod in changed
	path = array.concat(pod.path, ["spec", field])
}

patch contains {"op": "remove", "path": path} if {
	some pod in changed
	some index, volume in pod.volumes
	is_token_volume(volume)
	path = array.concat(pod.path, ["spec", "volumes", index])
}

patch contains {"op": "remove", "path": path} if {
	some pod in changed
	names = {name |
		some volume in pod.volumes
		is_token_volume(volume)
		name = volume.name
	}
	some container in input.containers
	container.pod == pod.index
	mounts = container.spec.volumeMounts
	is_array(mounts)
	some index, mount in mounts
	names[mount.name]
	path = array.concat(container.path, ["volumeMounts", index])
}

judged contains {"index": index, "path": path, "spec": spec} if {
	not is_mirror
	some index, pod in input.pods
	spec = pod.spec
	is_object(spec)
	path = pod.path
}

# Pods that do not say whether they get a token, and whose it would be.
silent contains {"index": index, "path": path, "account": account, "volumes": volumes} if {
	some pod in judged
	spec = pod.spec
	not fields.is_given(spec, field)
	account = account_of(spec)
	volumes = [volume |
		some list in ["volumes"]
		written = spec[list]
		is_array(written)
		some volume in written
	]
	index = pod.index
	path = pod.path
}

changed contains pod if {
	some pod in silent
	review = input.review
	not pods.is_settled(review)
	may_be_fixed(pod)
}

is_left_alone(pod) if {
	pod.account != "default"
	input.parameters.namedAccounts == "allow"
}

may_be_fixed(pod) if pod.account == "default"

may_be_fixed(_) if input.parameters.namedAccounts == "fix"

# account_of reads the older name of the field where the newer one is empty, as Kubernetes does.
account_of(spec) := account if {
	names = [name |
		some key in ["serviceAccountName", "serviceAccount"]
		name = spec[key]
		is_string(name)
		name != ""
	]
	choices = array.concat(names, ["default"])
	account = choices[0]
}

# The volume that Kubernetes adds, as it names it and with a token in it.
is_token_volume(volume) if {
	name = volume.name
	is_string(name)
	startswith(name, "kube-api-access-")
	sources = volume.projected.sources
	is_array(sources)
	some source in sources
	is_object(source.serviceAccountToken)
}

is_mirror if {
	input.review.kind.kind == "Pod"
	mark = input.review.object.metadata.annotations["kubernetes.io/config.mirror"]
	mark != null
}
