# METADATA
# title: Images are signed by a trusted authority
# description: |
#   A digest says which content runs, a signature says who vouches for it. Without one, whoever can push to a registry
#   can run programs in the cluster. Every image must carry a signature of an authority that the configuration trusts
#   for its name (`images.rules` in platlint.yaml). Images in fields of custom resources count where they are named under
#   `images.fields`.
#
#   Signatures are looked up before the rule is decided. Where that was not done or could not be finished (offline, no
#   answer from the registry), the rule is not decided, and says why. In the cluster that denies, because whoever may
#   push to a repository could otherwise make a signature unreadable and pass; on the command line it fails a run that
#   looks images up. `undecided` in its settings says otherwise. An image of which nothing is known is never taken for a
#   signed one. Without configured authorities the rule is inactive.
#
#   An image that no entry of `images.rules` names is unsigned, or passes where `images.default` allows that; then the
#   reason given there stands in `input.images[_].signature.reason`. An image that is named by a tag is verified by the
#   digest which the tag pointed at; in the cluster a Pod must name the digest, which the mutating webhook writes.
# related_resources:
#   - ref: https://docs.sigstore.dev/cosign/signing/overview/
#     description: Signing images with Sigstore's cosign
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [""], kinds: [Pod, PodTemplate, ReplicationController]}
#         - {groups: [apps], kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]}
#         - {groups: [extensions], kinds: [Deployment, DaemonSet, ReplicaSet]}
#         - {groups: [batch], kinds: [Job, CronJob]}
#         - {groups: [argoproj.io], kinds: [Rollout]}
#         - {groups: [serving.knative.dev], kinds: [Service, Configuration, Revision]}
#       images: true
#     requires: [images.signature]
#     undecided: error
#     remedy: >-
#       Let the release pipeline sign the image (`cosign sign IMAGE@sha256:…`) with a key or identity that platlint.yaml
#       trusts, or use an image that is signed.
#     examples:
#       - title: An image that the trusted pipeline built and signed
#         bad: |
#           apiVersion: v1
#           kind: Pod
#           metadata: {name: web, namespace: shop}
#           spec:
#             containers:
#               - name: web
#                 image: docker.io/someone/web:latest
#         good: |
#           apiVersion: v1
#           kind: Pod
#           metadata: {name: web, namespace: shop}
#           spec:
#             containers:
#               - name: web
#                 image: registry.example/web:1.4@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
package platlint.images.image_signature

import data.platlint.lib.containers

verdicts := {
	"unsigned": "carries no signature of a trusted authority",
	"invalid": "carries a signature that does not hold",
}

decided := {"verified", "unsigned", "invalid"}

deny contains {"msg": message, "path": path} if {
	some image in input.images
	verdict = verdicts[image.signature.status]
	title = containers.title(image, "container")
	wanted = expected(image)
	why = because(image)
	message = sprintf("%s: image \"%s\" %s%s%s", [title, image.value, verdict, wanted, why])
	path = image.path
}

undecided contains {"reason": reason, "path": path} if {
	some image in input.images
	not is_decided(image)
	title = containers.title(image, "container")
	why = because(image)
	reason = sprintf("%s: the signature of image \"%s\" is not known%s", [title, image.value, why])
	path = image.path
}

is_decided(image) if {
	status = image.signature.status
	decided[status]
}

# because is the reason given with a signature's status, ready to be appended; empty where none is given.
because(image) := text if {
	reasons = [reason |
		some field in ["reason"]
		value = image.signature[field]
		is_string(value)
		reason = sprintf(": %s", [value])
	]
	text = concat("", reasons)
}

# expected names the authorities that were asked for, where that is known.
expected(image) := text if {
	names = [name |
		some field in ["expected"]
		listed = image.signature[field]
		is_array(listed)
		some name in listed
		is_string(name)
	]
	shown = [part |
		some list in [names]
		count(list) > 0
		joined = concat(", ", list)
		part = sprintf(" (%s)", [joined])
	]
	text = concat("", shown)
}
